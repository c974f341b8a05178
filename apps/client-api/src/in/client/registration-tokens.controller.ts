import { Controller, Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, registrationTokenValidityQuery } from '@plexus/matrix-api';
import { CheckRegistrationToken } from '../../accounts/check-registration-token.ts';
import { CLIENT_V1 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';

@Controller(CLIENT_V1)
export class RegistrationTokensController {
  readonly #checkRegistrationToken: CheckRegistrationToken;
  readonly #requestedServer: RequestedServer;

  constructor(checkRegistrationToken: CheckRegistrationToken, requestedServer: RequestedServer) {
    this.#checkRegistrationToken = checkRegistrationToken;
    this.#requestedServer = requestedServer;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1registermloginregistration_tokenvalidity */
  @Get('register/m.login.registration_token/validity')
  async validity(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ valid: boolean }> {
    const { token } = readQuery(registrationTokenValidityQuery, query);
    const server = this.#requestedServer.get(request);
    const { clientAddress } = request;
    return { valid: await this.#checkRegistrationToken.execute({ server, token, clientAddress }) };
  }
}
