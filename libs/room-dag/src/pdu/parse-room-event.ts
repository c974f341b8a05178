import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import type { RoomEvent } from './pdu.ts';
import { roomEventFromPdu } from './room-event-from-pdu.ts';

/**
 * Reads an event back from the bytes that `buildRoomEvent` or `checkReceivedPdu` gave out. The caller guarantees that they are those bytes
 * and that the id is their event's; anything else throws.
 */
export function parseRoomEvent(bytes: Uint8Array | string, eventId: string, rules: RoomVersionRules): RoomEvent {
  const pdu = rules.strictCanonicalJson ? parseCanonical(bytes) : parseLossless(bytes);
  if (!isJsonObject(pdu)) throw new TypeError(`The stored event ${eventId} is not a JSON object`);
  return roomEventFromPdu(pdu, eventId, rules);
}

/** Canonical JSON has no number that `JSON.parse` would change. */
function parseCanonical(bytes: Uint8Array | string): JsonValue {
  return JSON.parse(typeof bytes === 'string' ? bytes : asText(bytes));
}

function parseLossless(bytes: Uint8Array | string): JsonValue {
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'reject') throw new TypeError(`A stored event is not JSON: ${parsed.because}`);
  return parsed.value;
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
