import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { JoinedRoomsResponse } from '@plexus/matrix-api';
import { ListJoinedRooms } from '../../reading/list-joined-rooms.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class JoinedRoomsController {
  readonly #access: Access;
  readonly #listJoinedRooms: ListJoinedRooms;

  constructor(access: Access, listJoinedRooms: ListJoinedRooms) {
    this.#access = access;
    this.#listJoinedRooms = listJoinedRooms;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms */
  @Get('joined_rooms')
  async joinedRooms(@Req() request: FastifyRequest): Promise<JoinedRoomsResponse> {
    return { joined_rooms: await this.#listJoinedRooms.execute(await this.#access.requireUser(request)) };
  }
}
