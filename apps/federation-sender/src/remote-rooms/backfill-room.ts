import { backfill } from '@plexus/remote-servers';
import type { BackfillQuery } from '@plexus/remote-servers';
import { findRoomVersion } from '@plexus/room-dag';
import type { BackwardExtremityReader, RoomReader, RoomRecord, RoomServerReader } from '@plexus/storage';
import type { StateBase } from './compare-states.ts';
import { findAsker } from './find-asker.ts';
import type { FindAskerPorts } from './find-asker.ts';
import { likelyServers } from './likely-servers.ts';
import { storeHistory } from './store-history.ts';
import type { StoreHistoryPorts } from './store-history.ts';
import { verifyEvents } from './verify-events.ts';

export interface BackfillRoomPorts extends StoreHistoryPorts, FindAskerPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents' | 'findEventsById' | 'findEventNids'>;
  readonly extremities: BackwardExtremityReader;
  readonly roomServers: RoomServerReader;
}

interface Wanted {
  readonly eventIds: readonly string[];
  readonly limit: number;
  /** The state before what follows the wanted events. */
  readonly base: StateBase | undefined;
}

/** So many places where history ends are asked for at once. */
const ENDS_AT_ONCE = 10;
const MOST_EVENTS = 100;

/** Fetches history that lies before what is here (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events). */
export class BackfillRoom {
  readonly #ports: BackfillRoomPorts;

  constructor(ports: BackfillRoomPorts) {
    this.#ports = ports;
  }

  /** How many events are here now that were not before; 0 where no server gave any. */
  async execute({ roomId, origin: wanted, upTo, limit }: BackfillQuery): Promise<number> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return 0;
    const { shard, roomNid } = room;
    const ends = await this.#ports.extremities.listBackwardExtremities({ shard, roomNid, upTo, limit: ENDS_AT_ONCE });
    const eventIds = [...new Set(ends.map(({ missingEventId }) => missingEventId))];
    const [newest] = ends;
    if (newest === undefined) return 0;
    const follower = (await this.#ports.rooms.findEvents(shard, [newest.eventNid])).get(newest.eventNid);
    const base = follower?.stateBefore === undefined ? undefined : { ...newest, root: follower.stateBefore };
    const joined = await this.#findJoined(room);
    const origin = await findAsker(this.#ports, room, { wanted, joined });
    for (const destination of likelyServers([], joined, this.#ports.hosted)) {
      const stored = await this.#fetchFrom(room, { origin, destination }, { eventIds, limit, base });
      if (stored > 0) return stored;
    }
    return 0;
  }

  async #findJoined({ shard, roomNid }: RoomRecord): Promise<ReadonlyMap<string, number>> {
    return (await this.#ports.roomServers.readServers(shard, roomNid))?.joined ?? new Map();
  }

  async #fetchFrom(
    room: RoomRecord,
    pair: { readonly origin: string; readonly destination: string },
    { eventIds, limit, base }: Wanted,
  ): Promise<number> {
    const rules = findRoomVersion(room.roomVersion);
    if (rules === undefined) throw new TypeError(`a stored room has the unknown version ${room.roomVersion}`);
    const { roomId } = room;
    const answer = await backfill(this.#ports.servers, pair, { roomId, eventIds, limit: Math.min(limit, MOST_EVENTS) });
    if (answer.outcome !== 'ok') return 0;
    const events = await verifyEvents(this.#ports.checker, { roomId, rules }, answer.value.pdus);
    const stored = await storeHistory(this.#ports, { room, rules, pair, events, base, afterGap: false });
    return stored.outcome === 'ok' ? stored.eventIds.length : 0;
  }
}
