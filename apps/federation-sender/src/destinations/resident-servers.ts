import type { NamedCache } from '@plexus/cache';
import type { ResidencyReader, ResidentInterval } from '@plexus/storage';

export interface ResidentServersPorts {
  readonly reader: ResidencyReader;
  /** `joined_hosts` */
  readonly cache: NamedCache<RoomServers>;
  /** Tells apart who follows the log in different places, in the cache's keys. */
  readonly follower: string;
  isHosted(serverName: string): boolean;
}

/** Other servers of a room, as they were read when the shard's log stood at a position. */
export interface RoomServers {
  readonly position: number;
  readonly servers: readonly ResidentInterval[];
}

/** In names of servers, so that a room of thousands counts for what it takes. */
export function weightOfRoom({ servers }: RoomServers): number {
  return servers.length + 1;
}

/**
 * Which other servers were in a room before a row of its log. A room is read once and remembered until somebody of another server comes
 * or goes, so that a room without other servers costs one look into the memory.
 *
 *     position of the log   ----- 10 -------- 20 -------- 30 -----
 *     servers read at 20    good for rows up to 20, by the times at which servers came and went, and for later ones until a row
 *                           changes the membership of a user of another server
 *
 * @NOTE What is remembered holds as long as every row is heard of: who follows the log from another place on begins with `clear`.
 */
export class ResidentServers {
  readonly #ports: ResidentServersPorts;
  /** Of the rooms that are being worked on, by shard: there whatever the cache keeps. */
  readonly #loaded = new Map<number, Map<number, RoomServers>>();
  #era = 0;

  constructor(ports: ResidentServersPorts) {
    this.#ports = ports;
  }

  /** Makes these rooms of a shard known, and lets those go that were made known before. */
  async load(shard: number, roomNids: Iterable<number>): Promise<void> {
    this.#loaded.set(shard, await this.#find(shard, [...new Set(roomNids)]));
  }

  /** Makes a room known again that has changed. */
  async reload(shard: number, roomNid: number): Promise<void> {
    const found = await this.#find(shard, [roomNid]);
    const loaded = this.#loaded.get(shard);
    if (loaded === undefined) this.#loaded.set(shard, found);
    else for (const [nid, room] of found) loaded.set(nid, room);
  }

  /** Whether any other server is known in the room; the room has to be loaded, or the answer is nothing. */
  hasAny(shard: number, roomNid: number): boolean | undefined {
    const room = this.#loaded.get(shard)?.get(roomNid);
    return room && room.servers.length > 0;
  }

  /** Other servers that were in the room before a row. Nothing where the room is not loaded. */
  before(shard: number, roomNid: number, position: number): string[] | undefined {
    const room = this.#loaded.get(shard)?.get(roomNid);
    return room?.servers.flatMap((server) => (wasResident(server, position) ? [server.serverName] : []));
  }

  /** Somebody of another server came or went with this row: what was read before it is of the past. */
  changed(shard: number, roomNid: number, position: number): void {
    const loaded = this.#loaded.get(shard);
    const room = loaded?.get(roomNid);
    if (room !== undefined && room.position >= position) return;
    loaded?.delete(roomNid);
    this.#ports.cache.forget([this.#keyOf(shard, roomNid)]);
  }

  /** Nothing that was read is known any more. */
  clear(): void {
    this.#era += 1;
    this.#loaded.clear();
  }

  async #find(shard: number, roomNids: readonly number[]): Promise<Map<number, RoomServers>> {
    const keyOf = new Map(roomNids.map((roomNid) => [roomNid, this.#keyOf(shard, roomNid)]));
    const found = await this.#ports.cache.getMany([...keyOf.values()], async (missing) => {
      const wanted = new Set(missing);
      const unknown = [...keyOf].filter(([, key]) => wanted.has(key));
      const rooms = await this.#read(
        shard,
        unknown.map(([roomNid]) => roomNid),
      );
      return renamed(unknown, rooms);
    });
    return renamed(
      [...keyOf].map(([roomNid, key]) => [key, roomNid]),
      found,
    );
  }

  async #read(shard: number, roomNids: readonly number[]): Promise<Map<number, RoomServers>> {
    const { reader, isHosted } = this.#ports;
    const { position, rooms } = await reader.readIntervals(shard, roomNids);
    const others = (all: readonly ResidentInterval[]) => all.filter(({ serverName }) => !isHosted(serverName));
    return new Map([...rooms].map(([roomNid, all]) => [roomNid, { position, servers: others(all) }]));
  }

  #keyOf(shard: number, roomNid: number): string {
    return `${this.#ports.follower} ${this.#era} ${shard}/${roomNid}`;
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

/** What is under the former names, under the latter ones. */
function renamed<From, To, V>(names: readonly (readonly [From, To])[], values: ReadonlyMap<From, V>): Map<To, V> {
  const found = new Map<To, V>();
  for (const [from, to] of names) {
    const value = values.get(from);
    if (value !== undefined) found.set(to, value);
  }
  return found;
}
