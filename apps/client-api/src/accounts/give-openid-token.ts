import type { OpenIdTokenResponse } from '@plexus/matrix-api';
import type { RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { ShortLivedTokenRepository } from '@plexus/storage';
import { hashToken } from './hash-token.ts';
import { newOpenIdToken } from './random-ids.ts';

const LIFETIME_MS = 3_600_000;

/** Gives a user a token by which others find out who they are (https://spec.matrix.org/v1.19/client-server-api/#openid). */
export class GiveOpenIdToken {
  readonly #shortLived: ShortLivedTokenRepository;
  readonly #random: RandomSource;

  constructor(shortLived: ShortLivedTokenRepository, random: RandomSource) {
    this.#shortLived = shortLived;
    this.#random = random;
  }

  async execute({ userId, serverName }: Requester): Promise<OpenIdTokenResponse> {
    const token = newOpenIdToken(this.#random);
    await this.#shortLived.addToken({ purpose: 'openid', tokenHash: hashToken(token), userId }, LIFETIME_MS);
    return {
      access_token: token,
      token_type: 'Bearer',
      matrix_server_name: serverName,
      expires_in: LIFETIME_MS / 1_000,
    };
  }
}
