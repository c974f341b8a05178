import type { SyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { SyncTokens } from '../answer/sync-tokens.ts';

/** The token in a parameter. Throws `M_INVALID_PARAM` for a text that is none. */
export function readToken(tokens: SyncTokens, text: string, parameter: string): SyncToken {
  const token = tokens.read(text);
  if (token !== undefined) return token;
  throw new MatrixError('M_INVALID_PARAM', 400, `The token in "${parameter}" is not one of this server`);
}
