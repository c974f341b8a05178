import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { pingAppserviceRequest, readBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { PingAppservice } from '../../appservices/ping-appservice.ts';
import { Access } from '../access.ts';
import { CLIENT_V1 } from '../client-prefixes.ts';

@Controller(CLIENT_V1)
export class PingAppserviceController {
  readonly #access: Access;
  readonly #pingAppservice: PingAppservice;

  constructor(access: Access, pingAppservice: PingAppservice) {
    this.#access = access;
    this.#pingAppservice = pingAppservice;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1appserviceappserviceidping */
  @Post('appservice/:appserviceId/ping')
  @HttpCode(200)
  async ping(
    @Req() request: FastifyRequest,
    @Param('appserviceId') appserviceId: string,
  ): Promise<{ duration_ms: number }> {
    const appservice = await this.#access.findAppservice(request);
    if (appservice?.id !== appserviceId) {
      throw new MatrixError('M_FORBIDDEN', 403, 'The access token is not that of this application service');
    }
    const { transaction_id: transactionId } = readBody(pingAppserviceRequest, request.body, { emptyBody: 'object' });
    return { duration_ms: await this.#pingAppservice.execute(appservice, transactionId) };
  }
}
