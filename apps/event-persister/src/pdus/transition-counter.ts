import { findServerName, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { StateConflict } from '@plexus/room-dag';
import type { RoomOwnerReader } from '@plexus/storage';
import type { ChangedKey } from '../rooms/changes.ts';
import { isDescribing } from '../rooms/project-summary.ts';
import type { LargeTransition, TransitionTask } from './state-resolver.ts';

export interface TransitionCounterPorts {
  readonly rooms: Pick<RoomOwnerReader, 'findEvents'>;
  readonly isHosted: (serverName: string) => boolean;
}

/** So many events are read at once: rows are parsed on the main thread. */
const EVENTS_AT_ONCE = 500;

/** Sums up what changes between two states, some of their differences at a time. */
export class TransitionCounter {
  readonly #task: TransitionTask;
  readonly #ports: TransitionCounterPorts;
  readonly #joinedByServer = new Map<string, number>();
  readonly #kept: ChangedKey[] = [];
  #joinedDelta = 0;
  #invitedDelta = 0;
  #hasMember = false;

  constructor(task: TransitionTask, ports: TransitionCounterPorts) {
    this.#task = task;
    this.#ports = ports;
  }

  /** Takes differences between the two states, in that order. */
  async add(differences: readonly StateConflict[]): Promise<void> {
    const members = differences.filter(({ type }) => type === 'm.room.member');
    const memberships = await this.#readMemberships(members.flatMap(({ eventNids }) => eventNids));
    for (const { stateKey, eventNids } of members) {
      const [before, after] = eventNids.map((eventNid) => memberships.get(eventNid ?? -1));
      this.#count(stateKey, { before, after });
    }
    for (const { type, stateKey, eventNids } of differences) {
      if (this.#isKept(type, stateKey)) this.#kept.push({ type, stateKey, eventNid: eventNids[1] });
    }
  }

  transition(): LargeTransition {
    const { shard, roomNid, from, to } = this.#task;
    const residency = [...this.#joinedByServer].filter(([, delta]) => delta !== 0);
    return {
      from,
      to,
      joinedDelta: this.#joinedDelta,
      invitedDelta: this.#invitedDelta,
      residency: residency.map(([serverName, joinedDelta]) => ({ shard, roomNid, serverName, joinedDelta })),
      kept: this.#kept,
    };
  }

  #count(stateKey: string, { before, after }: { readonly before: unknown; readonly after: unknown }): void {
    const joined = Number(after === 'join') - Number(before === 'join');
    this.#joinedDelta += joined;
    this.#invitedDelta += Number(after === 'invite') - Number(before === 'invite');
    const serverName = findServerName(stateKey);
    if (serverName === undefined) return;
    this.#joinedByServer.set(serverName, (this.#joinedByServer.get(serverName) ?? 0) + joined);
  }

  #isKept(type: string, stateKey: string): boolean {
    if (type !== 'm.room.member') return isDescribing({ type, stateKey });
    const isFirst = !this.#hasMember;
    this.#hasMember = true;
    return isFirst || (isUserId(stateKey) && this.#ports.isHosted(serverNameOf(stateKey)));
  }

  async #readMemberships(eventNids: readonly (number | undefined)[]): Promise<Map<number, unknown>> {
    const wanted = [...new Set(eventNids)].filter((eventNid) => eventNid !== undefined);
    const memberships = new Map<number, unknown>();
    for (let first = 0; first < wanted.length; first += EVENTS_AT_ONCE) {
      const some = wanted.slice(first, first + EVENTS_AT_ONCE);
      for (const [eventNid, { json }] of await this.#ports.rooms.findEvents(this.#task.shard, some)) {
        const { content }: MemberJson = JSON.parse(json.toString());
        memberships.set(eventNid, content.membership);
      }
    }
    return memberships;
  }
}

/** @NOTE The event passed the checks of form when it came: its content is an object. */
interface MemberJson {
  readonly content: { readonly membership?: unknown };
}
