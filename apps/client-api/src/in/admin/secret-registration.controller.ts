import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, secretRegistrationRequest } from '@plexus/matrix-api';
import type { SecretRegistrationResponse } from '@plexus/matrix-api';
import { RegisterBySecret } from '../../accounts/register-by-secret.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';

/** Registration for who knows the shared secret, on the hosted server that the request's `Host` names. */
@Controller(`${SYNAPSE_ADMIN_V1}/register`)
export class SecretRegistrationController {
  readonly #registerBySecret: RegisterBySecret;
  readonly #requestedServer: RequestedServer;

  constructor(registerBySecret: RegisterBySecret, requestedServer: RequestedServer) {
    this.#registerBySecret = registerBySecret;
    this.#requestedServer = requestedServer;
  }

  @Get()
  async nonce(): Promise<{ nonce: string }> {
    return { nonce: await this.#registerBySecret.giveNonce() };
  }

  @Post()
  @HttpCode(200)
  async register(@Req() request: FastifyRequest): Promise<SecretRegistrationResponse> {
    const body = readBody(secretRegistrationRequest, request.body);
    return this.#registerBySecret.execute(this.#requestedServer.get(request).serverName, body);
  }
}
