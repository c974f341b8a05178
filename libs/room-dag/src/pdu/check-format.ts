import {
  CanonicalJsonError,
  ExactNumber,
  fitsBytes,
  isEventIdOf,
  isHashRoomId,
  isJsonObject,
  isRoomIdWithDomain,
  isUserId,
} from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { EncodedPdu, withoutUnsigned } from './encoded-pdu.ts';
import { MAX_AUTH_EVENTS, MAX_DEPTH, MAX_FIELD_BYTES, MAX_PDU_BYTES, MAX_PREV_EVENTS } from './limits.ts';
import { drop } from './outcome.ts';
import type { Drop } from './outcome.ts';
import type { Pdu } from './pdu.ts';
import { isCreateEvent } from './room-event-from-pdu.ts';

/** A valid event, encoded, without `unsigned`; `bytes` is its canonical JSON. */
export interface ValidFormat {
  readonly outcome: 'ok';
  readonly encoded: EncodedPdu;
  readonly bytes: Buffer;
}

/**
 * Whether a JSON value is a valid event of a room version: check 1 on receipt of a PDU
 * (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu). It has the members of the version's event
 * format with their types, keeps the size limits (https://spec.matrix.org/v1.19/client-server-api/#size-limits), and from version 6 on is
 * canonical JSON. Never throws. To tell floats and large integers apart the caller parses with `parseJson`.
 *
 * @NOTE `unsigned` is taken off first and does not count: nobody signs it and every server on the way may write it, so it must not
 * decide whether an event is valid.
 */
export function checkFormat(value: JsonValue, rules: RoomVersionRules): ValidFormat | Drop {
  if (!isJsonObject(value)) return drop('format.object', 'the event is not a JSON object');
  const pdu = withoutUnsigned(value);
  const fault = findFault(pdu, rules);
  return fault === undefined ? encode(pdu, rules) : drop(`format.${fault.member}`, fault.because);
}

function encode(pdu: Pdu, rules: RoomVersionRules): ValidFormat | Drop {
  try {
    const encoded = new EncodedPdu(pdu, rules);
    const bytes = Buffer.from(encoded.full());
    if (bytes.length > MAX_PDU_BYTES) return drop('format.size', `the event has ${bytes.length} bytes`);
    return { outcome: 'ok', encoded, bytes };
  } catch (error) {
    if (error instanceof CanonicalJsonError) return drop(error.fault, error.message);
    throw error;
  }
}

interface Fault {
  readonly member: string;
  readonly because: string;
}

/** The format of an event, member by member: what each must be, in the order of the specification's schemas. */
function findFault(pdu: Pdu, rules: RoomVersionRules): Fault | undefined {
  if (!isUserId(pdu['sender'])) return { member: 'sender', because: 'sender is not a user id' };
  if (!isInteger(pdu['origin_server_ts']))
    return { member: 'origin-server-ts', because: 'origin_server_ts is not an integer' };
  if (!isShortString(pdu['type'])) return { member: 'type', because: 'type is not a string of at most 255 bytes' };
  if (pdu['state_key'] !== undefined && !isShortString(pdu['state_key'])) {
    return { member: 'state-key', because: 'state_key is not a string of at most 255 bytes' };
  }
  if (!isJsonObject(pdu['content'])) return { member: 'content', because: 'content is not an object' };
  if (!isHashes(pdu['hashes'])) return { member: 'hashes', because: 'hashes has no sha256' };
  if (!isSignatures(pdu['signatures']))
    return { member: 'signatures', because: 'signatures is not an object of signatures' };
  if (!isDepth(pdu['depth'], rules))
    return { member: 'depth', because: 'depth is not an integer in the range of the version' };
  return findRoomIdFault(pdu, rules) ?? findReferenceFault(pdu, rules) ?? findIdFault(pdu, rules);
}

function findRoomIdFault(pdu: Pdu, rules: RoomVersionRules): Fault | undefined {
  const roomId = pdu['room_id'];
  if (!rules.roomIdIsCreateEventHash) {
    return isRoomIdWithDomain(roomId)
      ? undefined
      : { member: 'room-id', because: 'room_id is not a room id with a domain' };
  }
  if (isCreateEvent(pdu)) {
    return roomId === undefined ? undefined : { member: 'room-id', because: 'the create event names a room_id' };
  }
  return isHashRoomId(roomId) ? undefined : { member: 'room-id', because: 'room_id is not the hash of a create event' };
}

function findReferenceFault(pdu: Pdu, rules: RoomVersionRules): Fault | undefined {
  if (!areReferences(pdu['prev_events'], MAX_PREV_EVENTS, rules)) {
    return { member: 'prev-events', because: 'prev_events is not a list of at most 20 references' };
  }
  if (!areReferences(pdu['auth_events'], MAX_AUTH_EVENTS, rules)) {
    return { member: 'auth-events', because: 'auth_events is not a list of at most 10 references' };
  }
  return undefined;
}

function findIdFault(pdu: Pdu, rules: RoomVersionRules): Fault | undefined {
  if (rules.eventIdFormat === 'server-chosen' && !isEventIdOf(pdu['event_id'], 'server-chosen')) {
    return { member: 'event-id', because: 'event_id is not an event id with a domain' };
  }
  if (!rules.redaction.redactsInContent && pdu['redacts'] !== undefined && typeof pdu['redacts'] !== 'string') {
    return { member: 'redacts', because: 'redacts is not a string' };
  }
  return undefined;
}

function isShortString(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && fitsBytes(value, MAX_FIELD_BYTES);
}

function isHashes(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && typeof value['sha256'] === 'string';
}

function isSignatures(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  return Object.values(value).every(
    (ofServer) => isJsonObject(ofServer) && Object.values(ofServer).every((signature) => typeof signature === 'string'),
  );
}

const INTEGER = /^-?[0-9]+$/;
const MAX_INT64 = 2n ** 63n - 1n;

/** An integer of 64 bits; up to version 5 it may be beyond 2^53−1, and then has kept its text. */
function isInteger(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (!(value instanceof ExactNumber) || value.source.length > 20 || !INTEGER.test(value.source)) return false;
  const integer = BigInt(value.source);
  return integer <= MAX_INT64 && integer >= -MAX_INT64;
}

function isDepth(value: JsonValue | undefined, rules: RoomVersionRules): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 && value <= MAX_DEPTH;
  return !rules.strictCanonicalJson && value instanceof ExactNumber && isInteger(value) && value.toNumber() >= 0;
}

function areReferences(value: JsonValue | undefined, limit: number, rules: RoomVersionRules): boolean {
  if (!Array.isArray(value) || value.length > limit) return false;
  return value.every((reference) =>
    rules.eventReferences === 'ids' ? isEventIdOf(reference, rules.eventIdFormat) : isPair(reference),
  );
}

/** In versions 1 and 2: an event id and its hashes. */
function isPair(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 2 && isEventIdOf(value[0], 'server-chosen') && isJsonObject(value[1]);
}
