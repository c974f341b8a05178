import { CanonicalJsonError, encodeCanonicalJson, MatrixError } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/** No key is larger. */
const MAX_BYTES = 65_536;

/** A key as it is stored: canonical JSON, since others check its signatures. Throws `M_BAD_JSON` where there is none. */
export function encodeKey(key: JsonValue): string {
  const text = encode(key);
  if (Buffer.byteLength(text) > MAX_BYTES) throw new MatrixError('M_TOO_LARGE', 413, 'The key is too large');
  return text;
}

/** As `encodeKey`, without what its signatures do not cover. */
export function encodeSignedKey({ unsigned: _unsigned, ...key }: JsonObject): string {
  return encodeKey(key);
}

function encode(key: JsonValue): string {
  try {
    return encodeCanonicalJson(key);
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw new MatrixError('M_BAD_JSON', 400, error.message);
    throw error;
  }
}
