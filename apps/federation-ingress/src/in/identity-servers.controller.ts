import { Controller, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { onBindRequest, readBody } from '@plexus/matrix-api';
import { TakeBoundInvites } from '../membership/take-bound-invites.ts';

/** Asked by identity servers, which are no homeservers: nobody signs. */
@Controller('_matrix/federation/v1/3pid')
export class IdentityServersController {
  readonly #takeInvites: TakeBoundInvites;

  constructor(takeInvites: TakeBoundInvites) {
    this.#takeInvites = takeInvites;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv13pidonbind */
  @Put('onbind')
  async bound(@Req() { exactBody }: FastifyRequest): Promise<object> {
    await this.#takeInvites.execute(readBody(onBindRequest, exactBody));
    return {};
  }
}
