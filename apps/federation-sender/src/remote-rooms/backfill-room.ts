import type { BackfillQuery } from '@plexus/remote-servers';
import { findRoomVersion } from '@plexus/room-dag';
import type { BackwardExtremityReader, RoomReader, RoomRecord, RoomServerReader } from '@plexus/storage';
import { fetchHistory, findFollowerBase } from './fetch-history.ts';
import { findAsker } from './find-asker.ts';
import type { FindAskerPorts } from './find-asker.ts';
import { likelyServers } from './likely-servers.ts';
import type { StoreHistoryPorts } from './store-history.ts';

export interface BackfillRoomPorts extends StoreHistoryPorts, FindAskerPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents' | 'findEventsById' | 'findEventNids'>;
  readonly extremities: BackwardExtremityReader;
  readonly roomServers: RoomServerReader;
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
    const rules = findRoomVersion(room.roomVersion);
    if (rules === undefined) throw new TypeError(`a stored room has the unknown version ${room.roomVersion}`);
    const base = await findFollowerBase(this.#ports, room, newest);
    const history = { room, rules, eventIds, limit: Math.min(limit, MOST_EVENTS), base };
    const joined = await this.#findJoined(room);
    const origin = await findAsker(this.#ports, room, { wanted, joined });
    for (const destination of likelyServers([], joined, this.#ports.hosted)) {
      const stored = await fetchHistory(this.#ports, { origin, destination }, history);
      if (stored.length > 0) return stored.length;
    }
    return 0;
  }

  async #findJoined({ shard, roomNid }: RoomRecord): Promise<ReadonlyMap<string, number>> {
    return (await this.#ports.roomServers.readServers(shard, roomNid))?.joined ?? new Map();
  }
}
