import { Controller, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { presenceRequest, readBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { Authenticator } from '@plexus/service-shell';
import { AnnouncePresence } from '../presence/announce-presence.ts';
import { GetPresence } from '../presence/get-presence.ts';
import type { PresenceContent } from '../presence/get-presence.ts';

/** Served here because here it is known who is there. */
@Controller(['_matrix/client/v3/presence', '_matrix/client/r0/presence'])
export class PresenceController {
  readonly #authenticator: Authenticator;
  readonly #getPresence: GetPresence;
  readonly #announce: AnnouncePresence;

  constructor(authenticator: Authenticator, getPresence: GetPresence, announce: AnnouncePresence) {
    this.#authenticator = authenticator;
    this.#getPresence = getPresence;
    this.#announce = announce;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus */
  @Get(':userId/status')
  async presence(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<PresenceContent> {
    return this.#getPresence.execute(await this.#requireUser(request), userId);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus */
  @Put(':userId/status')
  async setPresence(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requesterId = await this.#requireUser(request);
    const { presence, status_msg: statusMessage } = readBody(presenceRequest, request.body);
    if (userId !== requesterId) throw new MatrixError('M_FORBIDDEN', 403, 'You cannot set the presence of others');
    this.#announce.set(userId, presence, statusMessage ?? undefined);
    return {};
  }

  async #requireUser(request: FastifyRequest): Promise<string> {
    const { userId, isGuest } = await this.#authenticator.authenticate(request);
    if (!isGuest) return userId;
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use this endpoint');
  }
}
