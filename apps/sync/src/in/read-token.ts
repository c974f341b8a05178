import { decodeSyncToken } from '@plexus/matrix-api';
import type { SyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';

/** The token in a parameter. Throws `M_INVALID_PARAM` for a text that is none. */
export function readToken(text: string, parameter: string): SyncToken {
  const token = decodeSyncToken(text);
  if (token !== undefined) return token;
  throw new MatrixError('M_INVALID_PARAM', 400, `The token in "${parameter}" is not one of this server`);
}
