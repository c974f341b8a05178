import type { HighlightedRoom, HighlightPlace, ReadUpTo, UserRoomProjection } from '@plexus/storage';
import type { TrimPorts } from './trim-log.ts';

export interface TrimHighlightsPorts extends TrimPorts {
  readonly projection: Pick<UserRoomProjection, 'listJoinedUsers'>;
}

const HIGHLIGHTS_AT_ONCE = 1_000;
const ROOMS_AT_ONCE = 100;
const MEMBERS_AT_ONCE = 500;
const NOTHING: ReadUpTo = { main: 0, threads: 0 };

/**
 * Walks once through the highlights of a shard, and removes those that are read, by their user or by everybody, or too old; returns how many. A
 * crash lets it begin anew.
 */
export async function trimHighlights(shard: number, olderThanMs: number, ports: TrimHighlightsPorts): Promise<number> {
  return (await trimThoseOfUsers(shard, olderThanMs, ports)) + (await trimThoseForEverybody(shard, ports));
}

async function trimThoseOfUsers(
  shard: number,
  olderThanMs: number,
  { trimming, shards, pause }: TrimPorts,
): Promise<number> {
  const oldPosition = await trimming.findOldPosition(shard, olderThanMs);
  let removed = 0;
  for (let after: HighlightPlace | undefined = undefined; ;) {
    const owned = shards.find(shard);
    if (owned === undefined) return removed;
    const piece = await trimming.trimHighlights(owned, { after, oldPosition, limit: HIGHLIGHTS_AT_ONCE });
    removed += piece?.removed ?? 0;
    if (piece?.next === undefined) return removed;
    after = piece.next;
    await pause();
  }
}

async function trimThoseForEverybody(shard: number, ports: TrimHighlightsPorts): Promise<number> {
  let removed = 0;
  for (let after = 0; ;) {
    const rooms = await ports.trimming.listHighlightedRooms(shard, { after, limit: ROOMS_AT_ONCE });
    for (const room of rooms) {
      if (room.roomId === undefined) continue;
      const read = await readByAll(room, room.roomId, ports);
      const owned = ports.shards.find(shard);
      if (owned === undefined) return removed;
      if (read.main >= room.oldest)
        removed += (await ports.trimming.removeReadHighlights(owned, room.roomNid, read)) ?? 0;
    }
    const last = rooms.at(-1);
    if (last === undefined || rooms.length < ROOMS_AT_ONCE) return removed;
    after = last.roomNid;
  }
}

/**
 * How far all hosted members have read a room. Ends with the first one who has not read the oldest highlight: then none goes.
 *
 * @NOTE Who joins meanwhile has read what came before; nothing goes that came after memberships were projected, because of who is not listed yet.
 */
async function readByAll(
  room: HighlightedRoom,
  roomId: string,
  { trimming, projection, pause }: TrimHighlightsPorts,
): Promise<ReadUpTo> {
  let read: ReadUpTo = { main: room.projected, threads: room.projected };
  for (let after = ''; ;) {
    const page = await projection.listJoinedUsers(roomId, { after, limit: MEMBERS_AT_ONCE });
    const marks = page.length === 0 ? new Map<string, ReadUpTo>() : await trimming.readHowFar(room, page);
    for (const userId of page) read = least(read, marks.get(userId) ?? NOTHING);
    await pause();
    const last = page.at(-1);
    if (last === undefined || page.length < MEMBERS_AT_ONCE || read.main < room.oldest) return read;
    after = last;
  }
}

function least(one: ReadUpTo, other: ReadUpTo): ReadUpTo {
  return { main: Math.min(one.main, other.main), threads: Math.min(one.threads, other.threads) };
}
