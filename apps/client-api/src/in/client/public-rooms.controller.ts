import { Controller, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  publicRoomsQuery,
  publicRoomsRequest,
  publicRoomsServerQuery,
  readBody,
  readQuery,
  visibilityRequest,
} from '@plexus/matrix-api';
import type { PublicRoomsResponse } from '@plexus/matrix-api';
import { ListPublicRooms } from '../../directory/list-public-rooms.ts';
import { RoomVisibility } from '../../directory/room-visibility.ts';
import type { Visibility } from '../../directory/room-visibility.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';
import { Visitors } from '../visitors.ts';

const VISIBILITY = 'directory/list/room/:roomId';

/** https://spec.matrix.org/v1.19/client-server-api/#published-room-directory */
@Controller(CLIENT_V3)
export class PublicRoomsController {
  readonly #access: Access;
  readonly #visitors: Visitors;
  readonly #requestedServer: RequestedServer;
  readonly #listPublicRooms: ListPublicRooms;
  readonly #visibility: RoomVisibility;

  constructor(
    access: Access,
    visitors: Visitors,
    requestedServer: RequestedServer,
    listPublicRooms: ListPublicRooms,
    visibility: RoomVisibility,
  ) {
    this.#access = access;
    this.#visitors = visitors;
    this.#requestedServer = requestedServer;
    this.#listPublicRooms = listPublicRooms;
    this.#visibility = visibility;
  }

  @Get('publicRooms')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<PublicRoomsResponse> {
    const requestingServer = await this.#serverOf(request, this.#listPublicRooms.rules.requiresUser);
    const { limit, since, server } = readQuery(publicRoomsQuery, query);
    return this.#listPublicRooms.execute({
      requestingServer,
      server,
      ...(limit !== undefined && { limit }),
      ...(since !== undefined && { since }),
    });
  }

  @Post('publicRooms')
  @HttpCode(200)
  async search(@Req() request: FastifyRequest, @Query() query: unknown): Promise<PublicRoomsResponse> {
    const { serverName } = await this.#access.requireUserOrGuest(request);
    const { server } = readQuery(publicRoomsServerQuery, query);
    const body = readBody(publicRoomsRequest, request.body, { emptyBody: 'object' });
    return this.#listPublicRooms.execute({ ...body, requestingServer: serverName, server });
  }

  @Get(VISIBILITY)
  async visibility(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
  ): Promise<{ visibility: Visibility }> {
    return { visibility: await this.#visibility.get(await this.#serverOf(request, false), roomId) };
  }

  @Put(VISIBILITY)
  async setVisibility(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    const requester = await this.#access.requireActiveUser(request);
    const { visibility = 'public' } = readBody(visibilityRequest, request.body, { emptyBody: 'object' });
    await this.#visibility.set(requester, roomId, visibility);
    return {};
  }

  /** Who says who they are asks as a user of their server, anybody else the server that the request names. */
  async #serverOf(request: FastifyRequest, requiresUser: boolean): Promise<string> {
    const user = await (requiresUser ? this.#access.requireUserOrGuest(request) : this.#visitors.findUser(request));
    return user?.serverName ?? this.#requestedServer.get(request).serverName;
  }
}
