import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { membersQuery, readQuery } from '@plexus/matrix-api';
import type { JoinedMembersResponse } from '@plexus/matrix-api';
import type { ClientEvent } from '@plexus/room-dag';
import { ListMembers } from '../../../reading/list-members.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

@Controller(CLIENT_V3_ROOM)
export class MembersController {
  readonly #access: Access;
  readonly #listMembers: ListMembers;

  constructor(access: Access, listMembers: ListMembers) {
    this.#access = access;
    this.#listMembers = listMembers;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmembers */
  @Get('members')
  async members(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<{ chunk: ClientEvent[] }> {
    const requester = await this.#access.requireUserOrGuest(request);
    return { chunk: await this.#listMembers.all(requester, roomId, readQuery(membersQuery, query)) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidjoined_members */
  @Get('joined_members')
  async joinedMembers(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<JoinedMembersResponse> {
    return { joined: await this.#listMembers.joined(await this.#access.requireUser(request), roomId) };
  }
}
