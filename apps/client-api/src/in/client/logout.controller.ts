import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CloseSessions } from '../../accounts/close-sessions.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class LogoutController {
  readonly #access: Access;
  readonly #closeSessions: CloseSessions;

  constructor(access: Access, closeSessions: CloseSessions) {
    this.#access = access;
    this.#closeSessions = closeSessions;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logout */
  @Post('logout')
  @HttpCode(200)
  async logout(@Req() request: FastifyRequest): Promise<object> {
    const { userId, deviceId } = await this.#access.requireAnybody(request);
    await this.#closeSessions.execute(userId, [deviceId]);
    return {};
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3logoutall */
  @Post('logout/all')
  @HttpCode(200)
  async logoutAll(@Req() request: FastifyRequest): Promise<object> {
    const { userId } = await this.#access.requireAnybody(request);
    await this.#closeSessions.execute(userId);
    return {};
  }
}
