import { LRUCache } from 'lru-cache';
import type { ResidencyReader, ResidentInterval } from '@plexus/storage';

export interface ResidentServersPorts {
  readonly reader: ResidencyReader;
  isHosted(serverName: string): boolean;
}

/** Other servers of a room, as they were read when the shard's log stood at a position. */
interface RoomServers {
  readonly position: number;
  readonly servers: readonly ResidentInterval[];
}

/** About so many names of servers, and as many rooms without any, are remembered. */
const MAX_WEIGHT = 200_000;

/**
 * Which other servers were in a room before a row of its log. A room is read once and remembered until somebody of another server comes
 * or goes, so that a room without other servers costs one look into the memory.
 *
 *     position of the log   ----- 10 -------- 20 -------- 30 -----
 *     servers read at 20    good for rows up to 20, by the times at which servers came and went, and for later ones until a row
 *                           changes the membership of a user of another server
 */
export class ResidentServers {
  readonly #ports: ResidentServersPorts;
  readonly #rooms = new LRUCache<string, RoomServers>({
    maxSize: MAX_WEIGHT,
    sizeCalculation: ({ servers }) => servers.length + 1,
  });

  constructor(ports: ResidentServersPorts) {
    this.#ports = ports;
  }

  /** Reads those rooms of a shard that are not known. */
  async load(shard: number, roomNids: Iterable<number>): Promise<void> {
    const unknown = [...new Set(roomNids)].filter((roomNid) => !this.#rooms.has(keyOf(shard, roomNid)));
    if (unknown.length === 0) return;
    const { position, rooms } = await this.#ports.reader.readIntervals(shard, unknown);
    for (const [roomNid, all] of rooms) {
      const servers = all.filter(({ serverName }) => !this.#ports.isHosted(serverName));
      this.#rooms.set(keyOf(shard, roomNid), { position, servers });
    }
  }

  /** Whether any other server is known in the room; the room has to be loaded, or the answer is nothing. */
  hasAny(shard: number, roomNid: number): boolean | undefined {
    const room = this.#rooms.get(keyOf(shard, roomNid));
    return room && room.servers.length > 0;
  }

  /** Other servers that were in the room before a row. Nothing where the room is not loaded. */
  before(shard: number, roomNid: number, position: number): string[] | undefined {
    const room = this.#rooms.get(keyOf(shard, roomNid));
    return room?.servers.flatMap((server) => (wasResident(server, position) ? [server.serverName] : []));
  }

  /** Somebody of another server came or went with this row: what was read before it is of the past. */
  changed(shard: number, roomNid: number, position: number): void {
    const room = this.#rooms.get(keyOf(shard, roomNid));
    if (room !== undefined && room.position < position) this.#rooms.delete(keyOf(shard, roomNid));
  }

  clear(): void {
    this.#rooms.clear();
  }
}

/**
 * Whether a server had users in the room before the row at a position. Times are those of units of work, and only the last two stays are
 * known, of the earlier one only its end: where that leaves a doubt the answer is yes, so that no server misses an event.
 */
function wasResident({ isResident, joinedAt, leftAt, leftBefore }: ResidentInterval, position: number): boolean {
  const earlier = isResident ? leftAt : leftBefore;
  const wasThereBefore = position <= earlier && earlier <= joinedAt;
  return wasThereBefore || (joinedAt < position && (isResident || position <= leftAt));
}

function keyOf(shard: number, roomNid: number): string {
  return `${shard}/${roomNid}`;
}
