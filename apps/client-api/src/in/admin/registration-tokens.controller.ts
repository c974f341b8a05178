import { Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  changeRegistrationTokenRequest,
  newRegistrationTokenRequest,
  readBody,
  readQuery,
  registrationTokensQuery,
} from '@plexus/matrix-api';
import type { RegistrationTokenBody } from '@plexus/matrix-api';
import type { RegistrationToken } from '@plexus/storage';
import { ManageRegistrationTokens } from '../../accounts/manage-registration-tokens.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** The registration tokens of the administrator's server, with Synapse's paths and members. */
@AdminController(`${SYNAPSE_ADMIN_V1}/registration_tokens`)
export class AdminRegistrationTokensController {
  readonly #access: Access;
  readonly #tokens: ManageRegistrationTokens;

  constructor(access: Access, tokens: ManageRegistrationTokens) {
    this.#access = access;
    this.#tokens = tokens;
  }

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<{ registration_tokens: RegistrationTokenBody[] }> {
    const { serverName } = await this.#access.requireAdmin(request);
    const { valid } = readQuery(registrationTokensQuery, query);
    return { registration_tokens: (await this.#tokens.list(serverName, valid)).map(bodyOf) };
  }

  @Post('new')
  @HttpCode(200)
  async add(@Req() request: FastifyRequest): Promise<RegistrationTokenBody> {
    const { serverName } = await this.#access.requireAdmin(request);
    const body = readBody(newRegistrationTokenRequest, request.body, { emptyBody: 'object' });
    const { token, length, uses_allowed: usesAllowed, expiry_time: expiresAt } = body;
    return bodyOf(await this.#tokens.add(serverName, { token, length, usesAllowed, expiresAt }));
  }

  @Get(':token')
  async get(@Req() request: FastifyRequest, @Param('token') token: string): Promise<RegistrationTokenBody> {
    const { serverName } = await this.#access.requireAdmin(request);
    return bodyOf(await this.#tokens.get(serverName, token));
  }

  @Put(':token')
  async change(@Req() request: FastifyRequest, @Param('token') token: string): Promise<RegistrationTokenBody> {
    const { serverName } = await this.#access.requireAdmin(request);
    const { uses_allowed: usesAllowed, expiry_time: expiresAt } = readBody(
      changeRegistrationTokenRequest,
      request.body,
    );
    const change = { ...(usesAllowed !== undefined && { usesAllowed }), ...(expiresAt !== undefined && { expiresAt }) };
    return bodyOf(await this.#tokens.change(serverName, token, change));
  }

  @Delete(':token')
  async remove(@Req() request: FastifyRequest, @Param('token') token: string): Promise<object> {
    const { serverName } = await this.#access.requireAdmin(request);
    await this.#tokens.remove(serverName, token);
    return {};
  }
}

function bodyOf({ token, usesAllowed, pending, completed, expiresAt }: RegistrationToken): RegistrationTokenBody {
  return {
    token,
    uses_allowed: usesAllowed ?? null,
    pending,
    completed,
    expiry_time: expiresAt ?? null,
  };
}
