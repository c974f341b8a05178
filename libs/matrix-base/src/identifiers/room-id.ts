import { isIdentifierWithDomain } from './identifier.ts';

const HASH_ROOM_ID = /^![A-Za-z0-9_-]{43}$/;

/** Whether a text is a room id of any version (https://spec.matrix.org/v1.19/appendices/#room-ids). */
export function isRoomId(text: unknown): text is string {
  return isRoomIdWithDomain(text) || isHashRoomId(text);
}

/** Whether a text is a room id of versions 1 to 11: `!opaque_id:domain`. */
export function isRoomIdWithDomain(text: unknown): text is string {
  return typeof text === 'string' && isIdentifierWithDomain(text, '!');
}

/** Whether a text is a room id from version 12 on: the create event's id with the sigil `!`. */
export function isHashRoomId(text: unknown): text is string {
  return typeof text === 'string' && HASH_ROOM_ID.test(text);
}
