import { signedKey } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { OneTimeKey } from '@plexus/storage';
import { encodeKey } from './encode-key.ts';

const MAX_NAME_BYTES = 255;

/** Keys under `<algorithm>:<key id>`, each a text or a signed object (https://spec.matrix.org/v1.19/client-server-api/#key-algorithms). */
export function readOneTimeKeys(written: Readonly<Record<string, JsonValue>> = {}): OneTimeKey[] {
  return Object.entries(written).map(([name, key]) => ({ ...readName(name), key: readKey(name, key) }));
}

/** As `readOneTimeKeys`; of each algorithm there may be one. */
export function readFallbackKeys(written: Readonly<Record<string, JsonValue>> | undefined): OneTimeKey[] {
  const keys = readOneTimeKeys(written);
  const algorithms = new Set(keys.map(({ algorithm }) => algorithm));
  if (algorithms.size === keys.length) return keys;
  throw new MatrixError('M_INVALID_PARAM', 400, 'There is more than one fallback key of an algorithm');
}

function readName(name: string): Pick<OneTimeKey, 'algorithm' | 'keyId'> {
  const colon = name.indexOf(':');
  const isUsable = colon > 0 && colon < name.length - 1 && !name.includes('\0');
  if (!isUsable || Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new MatrixError('M_INVALID_PARAM', 400, 'A key is not named by its algorithm and id');
  return { algorithm: name.slice(0, colon), keyId: name.slice(colon + 1) };
}

function readKey(name: string, key: JsonValue): string {
  if (typeof key === 'string') return encodeKey(key);
  const shaped = signedKey.check(key);
  if (shaped.outcome === 'ok') return encodeKey(key);
  throw new MatrixError('M_BAD_JSON', 400, `The key "${name}" is neither a text nor a signed key`);
}
