import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { WhoAmIResponse } from '@plexus/matrix-api';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class WhoAmIController {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3accountwhoami */
  @Get('account/whoami')
  async whoAmI(@Req() request: FastifyRequest): Promise<WhoAmIResponse> {
    const { userId, deviceId, isGuest } = await this.#access.requireUserOrGuest(request);
    return { user_id: userId, device_id: deviceId, is_guest: isGuest };
  }
}
