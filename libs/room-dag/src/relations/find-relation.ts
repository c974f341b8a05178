import { fitsBytes, isEventId, isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { findOwn, findOwnString } from '../auth-rules/own-value.ts';
import type { RoomEvent } from '../pdu/pdu.ts';

/** What an event says of its relation to another one. */
export interface EventRelation {
  readonly relationType: string;
  readonly parentEventId: string;
  /** Of annotations. */
  readonly key: string | undefined;
}

const MAX_RELATION_TYPE_BYTES = 255;

/**
 * The relation that an event's content forms (https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events).
 * Nothing where there is none, or none that fits the schema: such relations are ignored. Rich replies have no `rel_type` and are none.
 */
export function findRelation(content: JsonObject): EventRelation | undefined {
  const relatesTo = findOwn(content, 'm.relates_to');
  if (!isJsonObject(relatesTo)) return undefined;
  const relationType = findOwnString(relatesTo, 'rel_type');
  const parentEventId = findOwnString(relatesTo, 'event_id');
  if (relationType === undefined || relationType === '' || !isEventId(parentEventId)) return undefined;
  if (!fitsBytes(relationType, MAX_RELATION_TYPE_BYTES) || relationType.includes('\0')) return undefined;
  return { relationType, parentEventId, key: findOwnString(relatesTo, 'key') };
}

/**
 * Whether an event can replace another one, as far as it says itself
 * (https://spec.matrix.org/v1.19/client-server-api/#validity-of-replacement-events): it is no state event and has new content, which in an
 * encrypted one cannot be seen.
 */
export function isReplacement({ type, stateKey, content }: RoomEvent): boolean {
  if (stateKey !== undefined) return false;
  return type === 'm.room.encrypted' || isJsonObject(findOwn(content, 'm.new_content'));
}

/** Whether an event can be replaced by one of the same sender and type: it is no state event and no replacement itself. */
export function isReplaceable({ stateKey, content }: RoomEvent): boolean {
  return stateKey === undefined && findRelation(content)?.relationType !== 'm.replace';
}
