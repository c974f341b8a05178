import { Controller, Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { keyChangesQuery, readQuery } from '@plexus/matrix-api';
import type { KeyChangesResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { Authenticator } from '@plexus/service-shell';
import { ListKeyChanges } from '../answer/list-key-changes.ts';
import { SyncTokens } from '../answer/sync-tokens.ts';
import { readToken } from './read-token.ts';

@Controller(['_matrix/client/v3/keys/changes', '_matrix/client/r0/keys/changes'])
export class KeyChangesController {
  readonly #authenticator: Authenticator;
  readonly #listKeyChanges: ListKeyChanges;
  readonly #tokens: SyncTokens;

  constructor(authenticator: Authenticator, listKeyChanges: ListKeyChanges, tokens: SyncTokens) {
    this.#authenticator = authenticator;
    this.#tokens = tokens;
    this.#listKeyChanges = listKeyChanges;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges */
  @Get()
  async changes(@Req() request: FastifyRequest, @Query() query: unknown): Promise<KeyChangesResponse> {
    const { userId, isGuest } = await this.#authenticator.authenticate(request);
    if (isGuest) throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use this endpoint');
    const { from, to } = readQuery(keyChangesQuery, query);
    return this.#listKeyChanges.execute(userId, {
      from: readToken(this.#tokens, from, 'from'),
      to: readToken(this.#tokens, to, 'to'),
    });
  }
}
