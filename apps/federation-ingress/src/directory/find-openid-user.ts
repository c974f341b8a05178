import { hash } from 'node:crypto';
import { MatrixError } from '@plexus/matrix-base';
import type { ShortLivedTokenReader } from '@plexus/storage';

/** Tells who gave a third party a token (https://spec.matrix.org/v1.19/server-server-api/#openid). */
export class FindOpenIdUser {
  readonly #shortLived: ShortLivedTokenReader;

  constructor(shortLived: ShortLivedTokenReader) {
    this.#shortLived = shortLived;
  }

  /** Throws 401 `M_MISSING_TOKEN`, or `M_UNKNOWN_TOKEN` for one that is not known or has expired. */
  async execute(token: string | undefined): Promise<{ sub: string }> {
    if (token === undefined || token === '') throw new MatrixError('M_MISSING_TOKEN', 401, 'Access Token required');
    const userId = await this.#shortLived.findTokenUser('openid', hash('sha256', token, 'buffer'));
    if (userId !== undefined) return { sub: userId };
    throw new MatrixError('M_UNKNOWN_TOKEN', 401, 'Access Token unknown or expired');
  }
}
