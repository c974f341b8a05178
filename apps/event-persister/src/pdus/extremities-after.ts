import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';

/** So many rejected and soft-failed events are walked back through. */
const MAX_WALKED = 100;

/**
 * The forward extremities that stay when an accepted event with these predecessors comes. Rejected and soft-failed events never were
 * extremities, and what they follow stayed one; an accepted event that follows them follows that too.
 */
export function extremitiesAfter(edit: RoomEdit, head: RoomHead, prevEvents: readonly KnownEvent[]): KnownEvent[] {
  const followed = new Set<string>();
  const pending = [...prevEvents];
  for (let known = pending.pop(); known !== undefined && followed.size < MAX_WALKED; known = pending.pop()) {
    if (followed.has(known.event.eventId)) continue;
    followed.add(known.event.eventId);
    if (known.status === 'accepted') continue;
    for (const eventId of known.event.prevEvents) {
      const prev = edit.eventById(eventId);
      if (prev !== undefined) pending.push(prev);
    }
  }
  return head.extremities.filter(({ event }) => !followed.has(event.eventId));
}
