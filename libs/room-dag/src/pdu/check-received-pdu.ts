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
import type { Pdu, RoomEvent } from './pdu.ts';
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
  | Exclude<VerifiedPdu, AcceptedPdu>;

/** What a PDU is when it stood checks 2 and 3, for who needs no more of it than its bytes. */
export type VerifiedPdu =
  | AcceptedPdu
  | { readonly outcome: 'unknown-keys'; readonly needed: readonly NeededKeys[] }
  | Drop;

export interface AcceptedPdu {
  readonly outcome: 'ok';
  readonly pdu: Pdu;
  readonly bytes: Buffer;
  /** The content hash did not match, so `pdu` and `bytes` are the redacted form. */
  readonly isRedactedCopy: boolean;
}

/**
 * Checks 1 to 3 on receipt of a PDU (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu): valid format
 * and valid signatures, else it is dropped; a matching content hash, else the redacted form goes on. Computes the event's identifier.
 */
export function checkReceivedPdu(value: JsonValue, rules: RoomVersionRules, findKey: FindVerifyKey): ReceivedPdu {
  const format = checkFormat(value, rules);
  if (format.outcome === 'drop') return format;
  const verified = verifyReceivedPdu(format, findKey);
  return verified.outcome === 'ok' ? receivedOf(verified, format) : verified;
}

/** Checks 2 and 3 on receipt of a PDU that passed check 1. With a `verify` of its own the caller decides which signatures count. */
export function verifyReceivedPdu(format: ValidFormat, findKey: FindVerifyKey, verify?: VerifyClaim): VerifiedPdu {
  const signatures = checkSignatures(format.encoded, findKey, verify);
  return signatures.outcome === 'ok' ? acceptByHash(format) : signatures;
}

/** Reads an event from another server without checking signatures: for events whose signatures were checked before. */
export function readReceivedPdu(value: JsonValue, rules: RoomVersionRules): ReceivedPdu {
  const format = checkFormat(value, rules);
  return format.outcome === 'drop' ? format : receivedOf(acceptByHash(format), format);
}

function acceptByHash({ encoded, bytes }: ValidFormat): AcceptedPdu {
  const { pdu, rules } = encoded;
  if (checkContentHash(encoded)) return { outcome: 'ok', pdu, bytes, isRedactedCopy: false };
  const redacted = redactPdu(pdu, rules);
  const redactedBytes = Buffer.from(new EncodedPdu(redacted, rules).full());
  return { outcome: 'ok', pdu: redacted, bytes: redactedBytes, isRedactedCopy: true };
}

function receivedOf({ pdu, bytes, isRedactedCopy }: AcceptedPdu, { encoded }: ValidFormat): ReceivedPdu {
  const event = roomEventFromPdu(pdu, eventIdOf(encoded), encoded.rules);
  return { outcome: 'ok', event, bytes, isRedactedCopy };
}
