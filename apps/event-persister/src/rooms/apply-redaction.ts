import { canRedact, findRelation } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomEdit } from './room-edit.ts';

/**
 * Notes the event that a redaction takes apart, where it takes effect: its text is not to be found any more, and its relation ends
 * (https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events). What is missing for it is noted in the edit.
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
  if (findRelation(redacted.event.content) !== undefined) edit.changes.brokenRelations.push(place);
}
