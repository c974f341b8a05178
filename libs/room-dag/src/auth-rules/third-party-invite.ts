import {
  CanonicalJsonError,
  encodeCanonicalJson,
  isEd25519KeyId,
  isJsonObject,
  verifyEd25519,
} from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import { findOwn, findOwnString } from './own-value.ts';

/**
 * @DEVIATION The specification lets any signature match any key. Here at most this many pairs are tried, which is what fits into 50 ms:
 * events of 64 KiB could otherwise ask for half a million verifications. Identity servers give one signature and two keys.
 */
const MAX_VERIFICATIONS = 1000;

/**
 * Whether any signature in `signed` matches any public key of the `m.room.third_party_invite` event
 * (https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules, rule 5.4.1.7).
 */
export function isSignedByInvite(signed: JsonObject, invite: RoomEvent): boolean {
  const message = signedTextOf(signed, invite);
  if (message === undefined) return false;
  const keys = publicKeysOf(invite.content);
  const pairs = signaturesOf(signed).flatMap((signature) => keys.map((publicKey) => ({ signature, publicKey })));
  return pairs.slice(0, MAX_VERIFICATIONS).some((pair) => verifyEd25519({ message, ...pair }));
}

function signedTextOf(signed: JsonObject, { rules }: RoomEvent): string | undefined {
  const { signatures: _signatures, unsigned: _unsigned, ...rest } = signed;
  try {
    return encodeCanonicalJson(rest, rules.strictCanonicalJson ? 'integers' : 'any');
  } catch (error) {
    if (error instanceof CanonicalJsonError) return undefined;
    throw error;
  }
}

function signaturesOf(signed: JsonObject): string[] {
  const byServer = findOwn(signed, 'signatures');
  if (!isJsonObject(byServer)) return [];
  const byKeyId = Object.values(byServer).flatMap((keys) => (isJsonObject(keys) ? Object.entries(keys) : []));
  const signatures = byKeyId.filter(([keyId]) => isEd25519KeyId(keyId)).map(([, signature]) => signature);
  return [...new Set(signatures.filter((signature) => typeof signature === 'string'))];
}

function publicKeysOf(content: JsonObject): string[] {
  const single = findOwnString(content, 'public_key');
  const list = findOwn(content, 'public_keys');
  const listed = (Array.isArray(list) ? list : []).map((entry) =>
    isJsonObject(entry) ? findOwnString(entry, 'public_key') : undefined,
  );
  const keys = [single, ...listed].filter((key) => key !== undefined);
  return [...new Set(keys.map(toStandardAlphabet))];
}

/** The event may hold its keys in the standard or the URL-safe alphabet. */
function toStandardAlphabet(base64: string): string {
  return base64.replaceAll('-', '+').replaceAll('_', '/');
}
