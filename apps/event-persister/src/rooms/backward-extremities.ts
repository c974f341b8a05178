import { isOutlier } from './known-event.ts';
import type { KnownEvent } from './known-event.ts';
import type { RoomEdit } from './room-edit.ts';
import type { RoomHead } from './room-head.ts';

/** Notes which predecessors of an event have no place here: the room's history goes on there, on other servers. */
export function noteBackwardExtremities(
  edit: RoomEdit,
  { shard, roomNid }: Pick<RoomHead, 'shard' | 'roomNid'>,
  { event, eventNid, status }: KnownEvent,
): void {
  for (const missingEventId of new Set(event.prevEvents)) {
    const prev = edit.eventById(missingEventId);
    if (prev !== undefined && !isOutlier(prev)) continue;
    edit.changes.backwardExtremities.push({ shard, roomNid, missingEventId, eventNid });
    if (status === 'accepted') edit.uncommitted.followed.add(missingEventId);
  }
}
