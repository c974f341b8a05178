import type { CrossSigningKey } from '@plexus/matrix-api';
import { decodeBase64, MatrixError, verifyJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { CrossSigningKeyRecord, CrossSigningUsage } from '@plexus/storage';
import { encodeSignedKey } from './encode-key.ts';

const PUBLIC_KEY_BYTES = 32;

/** A key of cross-signing as it was uploaded for this usage. Throws `M_INVALID_PARAM` where it is none of this user's. */
export function readCrossSigningKey(
  key: CrossSigningKey & JsonObject,
  owner: { readonly userId: string; readonly usage: CrossSigningUsage },
): CrossSigningKeyRecord {
  if (key.user_id !== owner.userId) throw invalid('A key is of another user');
  if (!key.usage.includes(owner.usage)) throw invalid(`A key is not for "${owner.usage}"`);
  const [named, ...more] = Object.entries(key.keys);
  if (named === undefined || more.length > 0) throw invalid('A key of cross-signing has exactly one public key');
  const [name, publicKey] = named;
  const isKey = name === `ed25519:${publicKey}` && decodeBase64(publicKey)?.length === PUBLIC_KEY_BYTES;
  if (!isKey || publicKey.endsWith('=')) throw invalid('A public key is not an Ed25519 key under its own name');
  return { ...owner, publicKey, key: encodeSignedKey(key) };
}

/** Throws `M_INVALID_SIGNATURE` unless the master key has signed the key. */
export function requireSignedBy(master: CrossSigningKeyRecord, { userId, usage, key }: CrossSigningKeyRecord): void {
  const { publicKey } = master;
  const verified = verifyJson(JSON.parse(key) as JsonObject, userId, (_user, keyId) =>
    keyId === `ed25519:${publicKey}` ? publicKey : undefined,
  );
  if (verified.outcome === 'ok') return;
  throw new MatrixError('M_INVALID_SIGNATURE', 400, `The key for "${usage}" is not signed by the master key`);
}

function invalid(message: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, message);
}
