import { parseJson } from '@plexus/matrix-base';
import { checkReceivedPdu, findRoomVersion } from '@plexus/room-dag';
import type { Drop, FindVerifyKey, VerifyKey } from '@plexus/room-dag';

/** A server's key as it goes to a thread. */
export type KnownKey = readonly [serverName: string, keyId: string, key: VerifyKey];

/** PDUs of valid format, and the keys that are known of those who must have signed them. */
export interface VerificationBatch {
  readonly pdus: readonly { readonly bytes: Uint8Array; readonly roomVersion: string }[];
  readonly keys: readonly KnownKey[];
}

/** `redacted`: the content hash does not match, and these are the bytes of the redacted form. */
export type Verified =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'redacted'; readonly bytes: Uint8Array; readonly wasRedactedBefore: boolean }
  | { readonly outcome: 'unknown-keys'; readonly servers: readonly string[] }
  | Drop;

/** Checks 2 and 3 on receipt of PDUs: signatures, and content hashes. */
export function verifyBatch({ pdus, keys }: VerificationBatch): Verified[] {
  const findKey = indexKeys(keys);
  return pdus.map((pdu) => verifyPdu(pdu, findKey));
}

function verifyPdu({ bytes, roomVersion }: VerificationBatch['pdus'][number], findKey: FindVerifyKey): Verified {
  const rules = findRoomVersion(roomVersion);
  const parsed = parseJson(bytes);
  if (rules === undefined || parsed.outcome === 'reject') throw new TypeError('The format of the PDU was not checked');
  const received = checkReceivedPdu(parsed.value, rules, findKey);
  if (received.outcome === 'unknown-keys')
    return { outcome: 'unknown-keys', servers: received.needed.map(({ serverName }) => serverName) };
  if (received.outcome === 'drop') return received;
  if (!received.isRedactedCopy) return { outcome: 'ok' };
  return { outcome: 'redacted', bytes: received.bytes, wasRedactedBefore: received.bytes.equals(bytes) };
}

function indexKeys(keys: readonly KnownKey[]): FindVerifyKey {
  const byName = new Map(keys.map(([serverName, keyId, key]) => [`${serverName} ${keyId}`, key]));
  return (serverName, keyId) => byName.get(`${serverName} ${keyId}`);
}
