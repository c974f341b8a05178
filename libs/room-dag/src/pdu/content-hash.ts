import { decodeBase64, isJsonObject, sha256Base64 } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { EncodedPdu } from './encoded-pdu.ts';
import type { Pdu } from './pdu.ts';

/**
 * The SHA-256 of the complete event in unpadded Base64
 * (https://spec.matrix.org/v1.19/server-server-api/#calculating-the-content-hash-for-an-event).
 */
export function computeContentHash(pdu: Pdu, rules: RoomVersionRules): string {
  return sha256Base64(new EncodedPdu(pdu, rules).underContentHash());
}

/**
 * Whether the event's `hashes.sha256` is its content hash. If not, the event is assumed to be a redacted copy, and the redacted form is
 * used instead (https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events).
 */
export function checkContentHash(encoded: EncodedPdu): boolean {
  const hashes = encoded.pdu['hashes'];
  const claimed = isJsonObject(hashes) ? hashes['sha256'] : undefined;
  if (typeof claimed !== 'string') return false;
  const computed = sha256Base64(encoded.underContentHash());
  return claimed === computed || decodeBase64(claimed)?.equals(Buffer.from(computed, 'base64')) === true;
}
