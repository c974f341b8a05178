import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { buildPredefinedPushRules } from '@plexus/room-dag';
import type { PushRuleset } from '@plexus/room-dag';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

/** The rules that notify a user. Everybody has the predefined ones. */
@Controller(CLIENT_V3)
export class PushRulesController {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrules */
  @Get('pushrules')
  async pushRules(@Req() request: FastifyRequest): Promise<{ global: PushRuleset }> {
    return { global: await this.globalPushRules(request) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobal */
  @Get('pushrules/global')
  async globalPushRules(@Req() request: FastifyRequest): Promise<PushRuleset> {
    const { userId } = await this.#access.requireUserOrGuest(request);
    return buildPredefinedPushRules(userId);
  }
}
