import { canRedact, findRelation } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { describesRoom } from './project-summary.ts';
import type { RoomEdit } from './room-edit.ts';

/**
 * Notes the event that a redaction takes apart, where it takes effect: its text is not to be found any more, what it said of the room is to be
 * forgotten, and its relation ends (https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events). What is missing for it is
 * noted in the edit.
 */
export function applyRedaction(
  edit: RoomEdit,
  { event, stateBefore }: { readonly event: RoomEvent; readonly stateBefore: number },
): void {
  if (event.type !== 'm.room.redaction' || event.redacts === undefined) return;
  const redacted = edit.eventById(event.redacts);
  if (redacted === undefined) return;
  if (!canRedact(event, redacted.event, edit.authState(stateBefore))) return;
  const place = { shard: edit.shard, eventNid: redacted.eventNid };
  edit.changes.redactedEvents.push(place);
  edit.uncommitted.addEvent({ ...redacted, redactedBy: [...redacted.redactedBy, event.eventId] });
  if (edit.head !== undefined && describesRoom(edit, edit.head.currentRoot, redacted))
    edit.changes.isRedescribed = true;
  if (findRelation(redacted.event.content) !== undefined) edit.changes.brokenRelations.push(place);
}
