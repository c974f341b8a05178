import { Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, secretRegistrationRequest } from '@plexus/matrix-api';
import type { SecretRegistrationRequest, SecretRegistrationResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { RegisterBySecret } from '../../accounts/register-by-secret.ts';
import { RecordAction } from '../../audit/record-action.ts';
import { AddressLimits } from '../address-limits.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';
import { AdminController } from './admin-controller.ts';

/** Who acts, for the audit log: whoever knows the secret is no user. */
const HOLDER = 'registration.shared_secret';

/** Registration for who knows the shared secret, on the hosted server that the request's `Host` names. */
@AdminController(`${SYNAPSE_ADMIN_V1}/register`)
export class SecretRegistrationController {
  readonly #registerBySecret: RegisterBySecret;
  readonly #requestedServer: RequestedServer;
  readonly #recordAction: RecordAction;
  readonly #addressLimits: AddressLimits;

  constructor(
    registerBySecret: RegisterBySecret,
    requestedServer: RequestedServer,
    recordAction: RecordAction,
    addressLimits: AddressLimits,
  ) {
    this.#addressLimits = addressLimits;
    this.#registerBySecret = registerBySecret;
    this.#requestedServer = requestedServer;
    this.#recordAction = recordAction;
  }

  @Get()
  async nonce(@Req() request: FastifyRequest): Promise<{ nonce: string }> {
    await this.#addressLimits.requireWithin(request, 'look-up');
    return { nonce: await this.#registerBySecret.giveNonce() };
  }

  @Post()
  @HttpCode(200)
  async register(@Req() request: FastifyRequest): Promise<SecretRegistrationResponse> {
    const body = readBody(secretRegistrationRequest, request.body);
    const { serverName } = this.#requestedServer.get(request);
    await this.#registerBySecret.requireProof(body);
    const holder = { userId: HOLDER, serverName, isDeploymentAdmin: true };
    await this.#recordAction.begin(request, holder, { target: { username: body.username }, details: detailsOf(body) });
    return this.#registerBySecret.execute(serverName, body);
  }
}

/** @NOTE The nonce and its signature are left out: with them a password could be guessed. */
function detailsOf({ admin = false, user_type: userType }: SecretRegistrationRequest): JsonObject {
  return { admin, ...(userType !== undefined && { user_type: userType }) };
}
