import { findServerName } from '@plexus/matrix-base';
import type { RoomReader, RoomServerReader, StoredEvent } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
import type { StateReader } from './state-reader.ts';

/** Tells which servers are in rooms: now, or in an earlier state. */
export class ResidentServers {
  readonly #servers: RoomServerReader;
  readonly #events: Pick<RoomReader, 'findEvents'>;
  readonly #states: StateReader;

  constructor(servers: RoomServerReader, events: Pick<RoomReader, 'findEvents'>, states: StateReader) {
    this.#servers = servers;
    this.#events = events;
    this.#states = states;
  }

  /** How many users of each server are joined in the current state; empty where the room is not stored. */
  async joinedNow({ shard, roomNid }: RoomPlace): Promise<ReadonlyMap<string, number>> {
    return (await this.#servers.readServers(shard, roomNid))?.joined ?? new Map();
  }

  /**
   * How many users of each server are joined in a state, as that before an event: what is counted now, and what has changed since. The cost
   * follows the changes. Where the state is no longer stored, the answer is of now.
   */
  async joinedIn(room: RoomPlace, root: number): Promise<ReadonlyMap<string, number>> {
    const now = await this.#servers.readServers(room.shard, room.roomNid);
    if (now === undefined || now.currentRoot === root) return now?.joined ?? new Map();
    const differences = (await this.#states.diff(room, now.currentRoot, root)) ?? [];
    const members = differences.filter(({ type }) => type === 'm.room.member');
    const eventNids = members.flatMap(({ before, after }) => [before, after]).filter((nid) => nid !== undefined);
    const events = await this.#events.findEvents(room.shard, eventNids);
    const joined = new Map(now.joined);
    for (const { stateKey, before, after } of members) {
      const delta = Number(isJoin(room, events, after)) - Number(isJoin(room, events, before));
      const serverName = findServerName(stateKey);
      if (serverName !== undefined) count(joined, serverName, delta);
    }
    return joined;
  }
}

function isJoin(room: RoomPlace, events: ReadonlyMap<number, StoredEvent>, eventNid: number | undefined): boolean {
  const event = eventNid === undefined ? undefined : events.get(eventNid);
  return event !== undefined && readEvent(event, room.roomVersion).content['membership'] === 'join';
}

function count(joined: Map<string, number>, serverName: string, delta: number): void {
  const sum = (joined.get(serverName) ?? 0) + delta;
  if (sum > 0) joined.set(serverName, sum);
  else joined.delete(serverName);
}
