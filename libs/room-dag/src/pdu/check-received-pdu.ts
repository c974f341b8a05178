import type { JsonValue, VerifyClaim } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { checkFormat } from './check-format.ts';
import type { ValidFormat } from './check-format.ts';
import { checkSignatures } from './check-signatures.ts';
import type { FindVerifyKey, NeededKeys } from './check-signatures.ts';
import { checkContentHash } from './content-hash.ts';
import { EncodedPdu } from './encoded-pdu.ts';
import { eventIdOf } from './event-id.ts';
import type { Drop } from './outcome.ts';
import type { RoomEvent } from './pdu.ts';
import { redactPdu } from './redact.ts';
import { roomEventFromPdu } from './room-event-from-pdu.ts';

export type ReceivedPdu =
  | {
      readonly outcome: 'ok';
      readonly event: RoomEvent;
      readonly bytes: Buffer;
      /** The content hash did not match, so `event` and `bytes` are the redacted form. */
      readonly isRedactedCopy: boolean;
    }
  | { readonly outcome: 'unknown-keys'; readonly needed: readonly NeededKeys[] }
  | Drop;

/**
 * Checks 1 to 3 on receipt of a PDU (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu): valid format
 * and valid signatures, else it is dropped; a matching content hash, else the redacted form goes on. Computes the event's identifier.
 */
export function checkReceivedPdu(value: JsonValue, rules: RoomVersionRules, findKey: FindVerifyKey): ReceivedPdu {
  const format = checkFormat(value, rules);
  return format.outcome === 'drop' ? format : verifyReceivedPdu(format, findKey);
}

/** Checks 2 and 3 on receipt of a PDU that passed check 1. With a `verify` of its own the caller decides which signatures count. */
export function verifyReceivedPdu(format: ValidFormat, findKey: FindVerifyKey, verify?: VerifyClaim): ReceivedPdu {
  const signatures = checkSignatures(format.encoded, findKey, verify);
  return signatures.outcome === 'ok' ? acceptByHash(format) : signatures;
}

/** Reads an event from another server without checking signatures: for events whose signatures were checked before. */
export function readReceivedPdu(value: JsonValue, rules: RoomVersionRules): ReceivedPdu {
  const format = checkFormat(value, rules);
  return format.outcome === 'drop' ? format : acceptByHash(format);
}

function acceptByHash(format: ValidFormat): ReceivedPdu {
  const { encoded } = format;
  const { pdu, rules } = encoded;
  const eventId = eventIdOf(encoded);
  if (checkContentHash(encoded)) {
    return { outcome: 'ok', event: roomEventFromPdu(pdu, eventId, rules), bytes: format.bytes, isRedactedCopy: false };
  }
  const redacted = redactPdu(pdu, rules);
  const bytes = Buffer.from(new EncodedPdu(redacted, rules).full());
  return { outcome: 'ok', event: roomEventFromPdu(redacted, eventId, rules), bytes, isRedactedCopy: true };
}
