import { Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, redactUserRequest } from '@plexus/matrix-api';
import { isJsonObject } from '@plexus/matrix-base';
import { RedactUser } from '../../administration/redact-user.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** Redacts everything that a user said. */
@AdminController(`${SYNAPSE_ADMIN_V1}/user`)
export class RedactUserController {
  readonly #access: Access;
  readonly #redactUser: RedactUser;

  constructor(access: Access, redactUser: RedactUser) {
    this.#access = access;
    this.#redactUser = redactUser;
  }

  @Post(':userId/redact')
  @HttpCode(200)
  async start(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ redact_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const { rooms, reason, limit, use_admin: asAdmin = false } = readBody(redactUserRequest, request.body);
    const redaction = { rooms, reason: reason ?? undefined, limit: limit ?? undefined, asAdmin };
    return { redact_id: await this.#redactUser.start(requester, userId, redaction) };
  }

  @Get('redact_status/:redactId')
  async status(@Req() request: FastifyRequest, @Param('redactId') redactId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    const { status, error, progress } = await this.#redactUser.status(requester, redactId);
    return {
      status: status === 'cancelled' ? 'failed' : status,
      failed_redactions: isJsonObject(progress['failed']) ? progress['failed'] : {},
      ...(error !== undefined && { error }),
    };
  }
}
