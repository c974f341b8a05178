import { Controller, Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { mutualRoomsQuery, readQuery } from '@plexus/matrix-api';
import type { MutualRoomsResponse } from '@plexus/matrix-api';
import { ListMutualRooms } from '../../directory/list-mutual-rooms.ts';
import { Access } from '../access.ts';
import { CLIENT_V1 } from '../client-prefixes.ts';

@Controller(CLIENT_V1)
export class MutualRoomsController {
  readonly #access: Access;
  readonly #listMutualRooms: ListMutualRooms;

  constructor(access: Access, listMutualRooms: ListMutualRooms) {
    this.#access = access;
    this.#listMutualRooms = listMutualRooms;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mutual_rooms */
  @Get('mutual_rooms')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<MutualRoomsResponse> {
    const requester = await this.#access.requireUser(request, 'look-up');
    const { user_id: otherId, from } = readQuery(mutualRoomsQuery, query);
    return this.#listMutualRooms.execute(requester, otherId, from);
  }
}
