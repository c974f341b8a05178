import { PendingStateChanges } from '@plexus/room-dag';
import type { StateEntry } from '@plexus/room-dag';
import { findServerName, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { StagedRow } from '@plexus/storage';
import { stateKeyName } from '../pdus/state-key-name.ts';
import type { StoredPlace } from './store-cited.ts';

/** An entry of a state from elsewhere, at its place among all that was staged, and what stands for it here. */
export interface StagedEntry {
  readonly ordinal: number;
  readonly event: {
    readonly type: string;
    readonly stateKey: string | undefined;
    readonly content: { readonly membership?: unknown };
  };
  readonly stored: StoredPlace | undefined;
}

/** A state from elsewhere, entry by entry: what goes into the trie, and who is in the room by it. */
export class ImportedState {
  readonly changes = new PendingStateChanges();
  /** With the ordinals of their entries. */
  readonly #keys = new Map<string, number>();
  readonly #memberships = new Map<string, string>();
  readonly #joinedByServer = new Map<string, number>();
  #joined = 0;
  #invited = 0;
  readonly #hosted = new Map<string, number>();
  readonly #isHosted: (serverName: string) => boolean;

  constructor(isHosted: (serverName: string) => boolean) {
    this.#isHosted = isHosted;
  }

  /** Takes an entry if its event is stored and not rejected; of two of one key the one that was staged later counts, whichever is taken first. */
  add({ ordinal, event: { type, stateKey, content }, stored }: StagedEntry): void {
    if (stored === undefined || stored.status === 'rejected' || stateKey === undefined) return;
    const name = stateKeyName(type, stateKey);
    if ((this.#keys.get(name) ?? -1) > ordinal) return;
    this.#keys.set(name, ordinal);
    this.changes.add([{ type, stateKey, eventNid: stored.eventNid }]);
    if (type === 'm.room.member') this.#addMember(stateKey, String(content.membership), stored.eventNid);
  }

  /** As `add`, entries whose events were stored before. */
  addStored(rows: readonly StagedRow[]): void {
    for (const { ordinal, stored, json } of rows) {
      const { type, state_key: stateKey, content } = JSON.parse(json.toString()) as StateJson;
      this.add({ ordinal, event: { type, stateKey, content }, stored });
    }
  }

  /** Takes entries out of the base that another state has, or none; before those are added that take their places. */
  remove(rows: readonly StagedRow[]): void {
    for (const { json } of rows) {
      const { type, state_key: stateKey } = JSON.parse(json.toString()) as StateJson;
      if (stateKey !== undefined) this.changes.add([{ type, stateKey, eventNid: undefined }]);
    }
  }

  /** How many entries it has. */
  get size(): number {
    return this.#keys.size;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** Takes entries of another state out that this one has not: the changes lead from there. */
  removeOthers(entries: readonly StateEntry[]): void {
    const others = entries.filter(({ type, stateKey }) => !this.#keys.has(stateKeyName(type, stateKey)));
    this.changes.add(others.map(({ type, stateKey }) => ({ type, stateKey, eventNid: undefined })));
  }

  /** Numbers of the membership events of hosted users. */
  get hostedMembers(): readonly number[] {
    return [...this.#hosted.values()];
  }

  get counts(): MemberCounts {
    const present = [...this.#joinedByServer].filter(([, count]) => count > 0);
    return { joined: this.#joined, invited: this.#invited, joinedByServer: new Map(present) };
  }

  #addMember(userId: string, membership: string, eventNid: number): void {
    this.#count(userId, this.#memberships.get(userId), -1);
    this.#count(userId, membership, 1);
    this.#memberships.set(userId, membership);
    if (isUserId(userId) && this.#isHosted(serverNameOf(userId))) this.#hosted.set(userId, eventNid);
  }

  /** @NOTE As they come: to go through all members in the end would take its time at once. */
  #count(userId: string, membership: string | undefined, delta: 1 | -1): void {
    this.#invited += membership === 'invite' ? delta : 0;
    if (membership !== 'join') return;
    this.#joined += delta;
    const serverName = findServerName(userId);
    if (serverName === undefined) return;
    this.#joinedByServer.set(serverName, (this.#joinedByServer.get(serverName) ?? 0) + delta);
  }
}

export interface MemberCounts {
  readonly joined: number;
  readonly invited: number;
  readonly joinedByServer: ReadonlyMap<string, number>;
}

/** @NOTE The event passed the checks of form when it came: these members are what they should be. */
interface StateJson {
  readonly type: string;
  readonly state_key?: string;
  readonly content: { readonly membership?: unknown };
}
