import { isEventIdOf, sha256Base64, sha256UrlSafe } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { EncodedPdu } from './encoded-pdu.ts';
import type { Pdu } from './pdu.ts';

/**
 * The SHA-256 of the redacted event without signatures, in unpadded Base64
 * (https://spec.matrix.org/v1.19/server-server-api/#calculating-the-reference-hash-for-an-event).
 */
export function computeReferenceHash(pdu: Pdu, rules: RoomVersionRules): string {
  return sha256Base64(new EncodedPdu(pdu, rules).underSignatures());
}

/** The event's identifier: its own `event_id` in versions 1 and 2, from 3 on its reference hash. The format was checked before. */
export function eventIdOf(encoded: EncodedPdu): string {
  return eventIdFromSignedText(encoded.underSignatures(), encoded.pdu['event_id'], encoded.rules);
}

/** The identifier of an event, given the text under its signatures and its `event_id` member, which only versions 1 and 2 read. */
export function eventIdFromSignedText(signedText: string, eventIdMember: unknown, rules: RoomVersionRules): string {
  if (rules.eventIdFormat === 'url-safe') return '$' + sha256UrlSafe(signedText);
  if (rules.eventIdFormat === 'base64') return '$' + sha256Base64(signedText);
  if (!isEventIdOf(eventIdMember, 'server-chosen')) throw new TypeError('An event of versions 1 and 2 names its id');
  return eventIdMember;
}

/** From version 12 on a room's id is its create event's id with another sigil (https://spec.matrix.org/v1.19/rooms/v12/). */
export function roomIdFromCreateEventId(eventId: string): string {
  return '!' + eventId.slice(1);
}

/** The create event's id that a room id of version 12 names. */
export function createEventIdFromRoomId(roomId: string): string {
  return '$' + roomId.slice(1);
}
