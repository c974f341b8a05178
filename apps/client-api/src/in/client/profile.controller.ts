import { Controller, Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { profileFieldRequest, readBody } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { ChangeProfile } from '../../profiles/change-profile.ts';
import { GetProfile } from '../../profiles/get-profile.ts';
import type { ProfileViewer } from '../../profiles/get-profile.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';
import { Visitors } from '../visitors.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#profiles */
@Controller(CLIENT_V3.map((prefix) => `${prefix}/profile/:userId`))
export class ProfileController {
  readonly #access: Access;
  readonly #visitors: Visitors;
  readonly #requestedServer: RequestedServer;
  readonly #getProfile: GetProfile;
  readonly #changeProfile: ChangeProfile;

  constructor(
    access: Access,
    visitors: Visitors,
    requestedServer: RequestedServer,
    getProfile: GetProfile,
    changeProfile: ChangeProfile,
  ) {
    this.#access = access;
    this.#visitors = visitors;
    this.#requestedServer = requestedServer;
    this.#getProfile = getProfile;
    this.#changeProfile = changeProfile;
  }

  @Get()
  async all(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<JsonObject> {
    return this.#getProfile.all(await this.#viewerOf(request), userId);
  }

  @Get(':keyName')
  async field(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
    @Param('keyName') keyName: string,
  ): Promise<JsonObject> {
    return this.#getProfile.field(await this.#viewerOf(request), userId, keyName);
  }

  @Put(':keyName')
  async set(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
    @Param('keyName') keyName: string,
  ): Promise<object> {
    const requester = await this.#access.requireActiveUserOrGuest(request, 'profile');
    await this.#changeProfile.set(requester, { userId, keyName }, readBody(profileFieldRequest, request.body));
    return {};
  }

  @Delete(':keyName')
  async remove(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
    @Param('keyName') keyName: string,
  ): Promise<object> {
    const requester = await this.#access.requireActiveUserOrGuest(request, 'profile');
    await this.#changeProfile.remove(requester, { userId, keyName });
    return {};
  }

  /** Nobody has to say who they are, unless the rules ask for it. */
  async #viewerOf(request: FastifyRequest): Promise<ProfileViewer> {
    const { requiresUser, requiresSharedRoom } = this.#getProfile.rules;
    const requester = await (requiresUser || requiresSharedRoom
      ? this.#access.requireUserOrGuest(request)
      : this.#visitors.findUser(request));
    return { requester, askedBy: requester?.serverName ?? this.#requestedServer.find(request)?.serverName };
  }
}
