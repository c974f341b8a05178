import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { hierarchyQuery, readQuery } from '@plexus/matrix-api';
import type { HierarchyResponse, RoomSummaryBody } from '@plexus/matrix-api';
import type { Viewer } from '../../spaces/find-seen-room.ts';
import { GetHierarchy } from '../../spaces/get-hierarchy.ts';
import { GetRoomSummary } from '../../spaces/get-room-summary.ts';
import { Access } from '../access.ts';
import { CLIENT_V1 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';
import { Visitors } from '../visitors.ts';
import { readVia } from './read-via.ts';

@Controller(CLIENT_V1)
export class SpacesController {
  readonly #access: Access;
  readonly #visitors: Visitors;
  readonly #requestedServer: RequestedServer;
  readonly #getRoomSummary: GetRoomSummary;
  readonly #getHierarchy: GetHierarchy;

  constructor(
    access: Access,
    visitors: Visitors,
    requestedServer: RequestedServer,
    getRoomSummary: GetRoomSummary,
    getHierarchy: GetHierarchy,
  ) {
    this.#access = access;
    this.#visitors = visitors;
    this.#requestedServer = requestedServer;
    this.#getRoomSummary = getRoomSummary;
    this.#getHierarchy = getHierarchy;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias */
  @Get('room_summary/:roomIdOrAlias')
  async summary(
    @Req() request: FastifyRequest,
    @Param('roomIdOrAlias') roomIdOrAlias: string,
    @Query() query: unknown,
  ): Promise<RoomSummaryBody> {
    const viewer = await this.#viewerOf(request);
    return this.#getRoomSummary.execute(viewer, { roomIdOrAlias, via: readVia(query) });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy */
  @Get('rooms/:roomId/hierarchy')
  async hierarchy(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<HierarchyResponse> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return this.#getHierarchy.execute(requester, roomId, readQuery(hierarchyQuery, query));
  }

  /** Nobody has to say who they are to see what is open to everybody. */
  async #viewerOf(request: FastifyRequest): Promise<Viewer> {
    const requester = await this.#visitors.findUser(request);
    return requester ?? { userId: undefined, serverName: this.#requestedServer.get(request).serverName };
  }
}
