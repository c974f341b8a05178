import { Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Appservice } from '@plexus/appservices';
import { appserviceRequest, appserviceServers, readBody, rotateTokensRequest } from '@plexus/matrix-api';
import type { AppserviceBody, RotateTokensResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { AppserviceNamespace, AppserviceServers } from '@plexus/storage';
import { ManageAppservices } from '../../appservices/manage-appservices.ts';
import type { AddedAppservice } from '../../appservices/manage-appservices.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** Application services, while running. */
@AdminController(`${ADMIN_V1}/appservices`)
export class AppservicesController {
  readonly #access: Access;
  readonly #appservices: ManageAppservices;

  constructor(access: Access, appservices: ManageAppservices) {
    this.#access = access;
    this.#appservices = appservices;
  }

  @Get()
  async list(@Req() request: FastifyRequest): Promise<{ appservices: AppserviceBody[] }> {
    await this.#access.requireDeploymentAdmin(request);
    return { appservices: this.#appservices.list().map(bodyOf) };
  }

  @Get(':id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOf(this.#appservices.get(id));
  }

  /** The tokens that are left out are made, and shown this once. */
  @Post()
  @HttpCode(201)
  async add(@Req() request: FastifyRequest): Promise<AppserviceBody & AddedAppservice['made']> {
    await this.#access.requireDeploymentAdmin(request);
    const { registration, servers = 'all' } = readWritten(request);
    const { appservice, made } = await this.#appservices.add(registration, servers);
    return { ...bodyOf(appservice), ...made };
  }

  @Put(':id')
  async change(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { registration, servers } = readWritten(request);
    return bodyOf(await this.#appservices.change(id, registration, servers));
  }

  @Delete(':id')
  async remove(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    await this.#access.requireDeploymentAdmin(request);
    await this.#appservices.remove(id);
    return {};
  }

  @Post(':id/rotate_tokens')
  @HttpCode(200)
  async rotateTokens(@Req() request: FastifyRequest, @Param('id') id: string): Promise<RotateTokensResponse> {
    await this.#access.requireDeploymentAdmin(request);
    const body = readBody(rotateTokensRequest, request.body, { emptyBody: 'object' });
    return this.#appservices.rotateTokens(id, body);
  }
}

/** A registration as in a file, beside it the servers that it is for: null for all. */
function readWritten(request: FastifyRequest): {
  readonly registration: JsonObject;
  readonly servers: AppserviceServers | undefined;
} {
  const { servers } = readBody(appserviceServers, request.body);
  const { servers: _named, ...registration } = readBody(appserviceRequest, request.body);
  return { registration, servers: servers === null ? 'all' : servers };
}

function bodyOf(appservice: Appservice): AppserviceBody {
  const { id, url, servers, origin, version, createdAt, settings, tokens } = appservice;
  const { users, aliases, rooms } = settings.namespaces;
  return {
    id,
    url,
    sender_localpart: settings.senderLocalpart,
    namespaces: { users: users.map(written), aliases: aliases.map(written), rooms: rooms.map(written) },
    protocols: settings.protocols,
    rate_limited: settings.isRateLimited,
    ip_range_whitelist: settings.ipRangeWhitelist,
    receive_ephemeral: settings.receivesEphemeral,
    'org.matrix.msc3202': settings.receivesDeviceChanges,
    'io.element.msc4190': settings.managesDevices,
    servers: servers === 'all' ? null : servers,
    origin,
    version,
    created_at: createdAt,
    former_tokens_expire_at: tokens.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt])),
  };
}

function written({ regex, isExclusive }: AppserviceNamespace): AppserviceBody['namespaces']['users'][number] {
  return { regex, exclusive: isExclusive };
}
