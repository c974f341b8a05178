import { findRelation } from '@plexus/room-dag';
import type { EventRelation } from '@plexus/room-dag';
import { hashOfKey } from '../rooms/relation-of.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LocalEvent } from './append-local-event.ts';
import type { Refusal } from './execution.ts';
import { refuse } from './execution.ts';

/** Whether an event may relate to another one as it does. Relations that are merely of no use are let pass, and ignored by readers. */
export function checkRelation(edit: RoomEdit, local: LocalEvent): Refusal | undefined {
  const relation = findRelation(local.content);
  if (relation === undefined) return undefined;
  if (relation.relationType === 'm.thread') return checkThread(edit, relation);
  return relation.relationType === 'm.annotation' ? checkAnnotation(edit, local, relation) : undefined;
}

/** No thread begins at an event that relates to another one (https://spec.matrix.org/v1.19/client-server-api/#validation-of-mthread-relationships). */
function checkThread(edit: RoomEdit, { parentEventId }: EventRelation): Refusal | undefined {
  const root = edit.eventById(parentEventId);
  if (root === undefined || findRelation(root.event.content) === undefined) return undefined;
  return refuse('M_UNKNOWN', 400, 'relation.thread', 'Cannot start threads from an event with a relation');
}

/** Nobody annotates an event twice alike (https://spec.matrix.org/v1.19/client-server-api/#avoiding-duplicate-annotations). */
function checkAnnotation(
  edit: RoomEdit,
  { type: eventType, sender }: LocalEvent,
  { parentEventId, key }: EventRelation,
): Refusal | undefined {
  if (key === undefined) return undefined;
  if (!edit.hasAnnotation({ parentEventId, sender, eventType, keyHash: hashOfKey(key) })) return undefined;
  return refuse('M_DUPLICATE_ANNOTATION', 400, 'relation.annotation', 'The sender has annotated the event so before');
}
