import { parseRoomEvent } from '@plexus/room-dag';
import type { NewReceipt, RoomLogRow, RoomOwnerReader } from '@plexus/storage';
import { rulesOf } from '../writing/room-loader.ts';
import { impliedReceipt } from './unread-of.ts';

const PAGE = 200;

/** Reads from the log what events within (after, upTo] imply, a page at a time. */
export async function* catchUpReceipts(
  { shard, upTo, ...range }: { readonly shard: number; readonly after: number; readonly upTo: number },
  rooms: Pick<RoomOwnerReader, 'readLog'>,
): AsyncGenerator<NewReceipt[]> {
  for (let { after } = range; after < upTo;) {
    const rows = await rooms.readLog({ shard, after, upTo, limit: PAGE, order: 'ascending' });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(impliedBy).filter((receipt) => receipt !== undefined);
    after = last.position;
  }
}

function impliedBy(row: RoomLogRow): NewReceipt | undefined {
  const { event: stored, roomVersion } = row;
  if (stored?.unread === undefined || (!stored.unread.notifies && !stored.unread.arrives)) return undefined;
  const event = parseRoomEvent(stored.json, stored.eventId, rulesOf(roomVersion));
  return impliedReceipt({ event, unread: stored.unread }, row);
}
