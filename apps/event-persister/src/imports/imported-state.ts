import { PendingStateChanges } from '@plexus/room-dag';
import type { StateEntry } from '@plexus/room-dag';
import { findServerName, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { StagedRow } from '@plexus/storage';
import { stateKeyName } from '../pdus/state-key-name.ts';

/** A state from elsewhere, entry by entry: what goes into the trie, and who is in the room by it. */
export class ImportedState {
  readonly changes = new PendingStateChanges();
  readonly #keys = new Set<string>();
  readonly #memberships = new Map<string, string>();
  readonly #joinedByServer = new Map<string, number>();
  #joined = 0;
  #invited = 0;
  readonly #hosted = new Map<string, number>();
  readonly #isHosted: (serverName: string) => boolean;

  constructor(isHosted: (serverName: string) => boolean) {
    this.#isHosted = isHosted;
  }

  /** Takes entries whose events are stored and not rejected; of two of one key the later counts. */
  add(rows: readonly StagedRow[]): void {
    for (const { stored, json } of rows) {
      if (stored === undefined || stored.status === 'rejected') continue;
      const { type, state_key: stateKey, content } = JSON.parse(json.toString()) as StateJson;
      if (stateKey === undefined) continue;
      this.changes.add([{ type, stateKey, eventNid: stored.eventNid }]);
      this.#keys.add(stateKeyName(type, stateKey));
      if (type === 'm.room.member') this.#addMember(stateKey, String(content.membership), stored.eventNid);
    }
  }

  /** Takes entries out of the base that another state has, or none; before those are added that take their places. */
  remove(rows: readonly StagedRow[]): void {
    for (const { json } of rows) {
      const { type, state_key: stateKey } = JSON.parse(json.toString()) as StateJson;
      if (stateKey !== undefined) this.changes.add([{ type, stateKey, eventNid: undefined }]);
    }
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
