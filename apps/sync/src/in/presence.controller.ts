import { Controller, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { presenceRequest, readBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { Authenticator } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import { GetPresence } from '../presence/get-presence.ts';
import type { PresenceContent } from '../presence/get-presence.ts';
import { SetPresence } from '../presence/set-presence.ts';

/** Served here because here it is known who is there. */
@Controller(['_matrix/client/v3/presence', '_matrix/client/r0/presence'])
export class PresenceController {
  readonly #authenticator: Authenticator;
  readonly #getPresence: GetPresence;
  readonly #setPresence: SetPresence;

  constructor(authenticator: Authenticator, getPresence: GetPresence, setPresence: SetPresence) {
    this.#authenticator = authenticator;
    this.#getPresence = getPresence;
    this.#setPresence = setPresence;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3presenceuseridstatus */
  @Get(':userId/status')
  async presence(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<PresenceContent> {
    return this.#getPresence.execute((await this.#requireUser(request)).userId, userId);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus */
  @Put(':userId/status')
  async setPresence(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#requireUser(request);
    const { presence, status_msg: statusMessage } = readBody(presenceRequest, request.body);
    await this.#setPresence.execute(requester, userId, { presence, statusMessage: statusMessage ?? undefined });
    return {};
  }

  async #requireUser(request: FastifyRequest): Promise<Requester> {
    const requester = await this.#authenticator.authenticate(request);
    if (!requester.isGuest) return requester;
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot use this endpoint');
  }
}
