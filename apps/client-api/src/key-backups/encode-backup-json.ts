import { CanonicalJsonError, encodeCanonicalJson, MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';

/** JSON that clients alone understand, as text to store. Throws `M_BAD_JSON` where it has a number that cannot be kept. */
export function encodeBackupJson(value: JsonObject): string {
  try {
    return encodeCanonicalJson(value, 'any');
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw new MatrixError('M_BAD_JSON', 400, error.message);
    throw error;
  }
}
