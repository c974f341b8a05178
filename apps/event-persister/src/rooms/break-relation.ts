import { canRedact, findRelation } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomEdit } from './room-edit.ts';

/**
 * A redaction that takes effect ends the relation of the event that it takes apart
 * (https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events). What is missing for it is noted in the edit.
 */
export function breakRelation(
  edit: RoomEdit,
  { event, stateBefore }: { readonly event: RoomEvent; readonly stateBefore: number },
): void {
  if (event.type !== 'm.room.redaction' || event.redacts === undefined) return;
  const redacted = edit.eventById(event.redacts);
  if (redacted === undefined || findRelation(redacted.event.content) === undefined) return;
  if (!canRedact(event, redacted.event, edit.authState(stateBefore))) return;
  edit.changes.brokenRelations.push({ shard: edit.shard, eventNid: redacted.eventNid });
}
