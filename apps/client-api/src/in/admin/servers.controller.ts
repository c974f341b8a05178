import { Delete, Get, HttpCode, Inject, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import { addServerRequest, changeServerSettingsRequest, readBody } from '@plexus/matrix-api';
import type { HostedServerBody, ServerRemovalBody } from '@plexus/matrix-api';
import type { HostedServers } from '@plexus/storage';
import { AddServer } from '../../servers/add-server.ts';
import { ChangeServer, requireServer } from '../../servers/change-server.ts';
import { RemoveServer } from '../../servers/remove-server.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { HOSTED_SERVERS } from '../tokens.ts';
import { AdminController } from './admin-controller.ts';
import { bodyOfRemoval, bodyOfServer, settingsOfBody } from './server-body.ts';

/** Hosted servers, while running. */
@AdminController(ADMIN_V1)
export class ServersController {
  readonly #access: Access;
  readonly #servers: HostedServers;
  readonly #addServer: AddServer;
  readonly #changeServer: ChangeServer;
  readonly #removeServer: RemoveServer;

  constructor(
    access: Access,
    @Inject(HOSTED_SERVERS) servers: HostedServers,
    addServer: AddServer,
    changeServer: ChangeServer,
    removeServer: RemoveServer,
  ) {
    this.#access = access;
    this.#servers = servers;
    this.#addServer = addServer;
    this.#changeServer = changeServer;
    this.#removeServer = removeServer;
  }

  @Get('servers')
  async list(@Req() request: FastifyRequest): Promise<{ servers: HostedServerBody[] }> {
    await this.#access.requireDeploymentAdmin(request);
    return { servers: this.#servers.list().map(bodyOfServer) };
  }

  @Get('servers/:serverName')
  async get(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<HostedServerBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOfServer(requireServer(this.#servers, serverName));
  }

  @Post('servers')
  @HttpCode(201)
  async add(@Req() request: FastifyRequest): Promise<HostedServerBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { server_name: serverName, settings = {} } = readBody(addServerRequest, request.body);
    return bodyOfServer(await this.#addServer.execute(serverName, settingsOfBody(settings)));
  }

  @Put('servers/:serverName/settings')
  async changeSettings(
    @Req() request: FastifyRequest,
    @Param('serverName') serverName: string,
  ): Promise<HostedServerBody> {
    await this.#access.requireDeploymentAdmin(request);
    const settings = settingsOfBody(readBody(changeServerSettingsRequest, request.body));
    return bodyOfServer(await this.#changeServer.setSettings(serverName, settings));
  }

  @Post('servers/:serverName/suspend')
  @HttpCode(200)
  async suspend(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<HostedServerBody> {
    await this.#requireAdminElsewhere(request, serverName);
    return bodyOfServer(await this.#changeServer.setStatus(serverName, 'suspended'));
  }

  @Post('servers/:serverName/resume')
  @HttpCode(200)
  async resume(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<HostedServerBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOfServer(await this.#changeServer.setStatus(serverName, 'active'));
  }

  /** The server is closed at once; its data goes in a job. */
  @Delete('servers/:serverName')
  @HttpCode(202)
  async remove(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<ServerRemovalBody> {
    await this.#requireAdminElsewhere(request, serverName);
    return bodyOfRemoval(await this.#removeServer.start(serverName));
  }

  @Get('server_removals/:jobId')
  async removal(@Req() request: FastifyRequest, @Param('jobId') jobId: string): Promise<ServerRemovalBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOfRemoval(await this.#removeServer.find(jobId));
  }

  /** Throws 409 where the administrator would be shut out with the server, and could not open it again. */
  async #requireAdminElsewhere(request: FastifyRequest, serverName: string): Promise<void> {
    const { serverName: own } = await this.#access.requireDeploymentAdmin(request);
    if (own !== serverName) return;
    throw new MatrixError(
      'M_INVALID_PARAM',
      409,
      `You are of ${serverName} yourself: ask an administrator of another server`,
    );
  }
}
