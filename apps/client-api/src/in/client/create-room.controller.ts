import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { createRoomRequest, readBody } from '@plexus/matrix-api';
import { CreateRoom } from '../../rooms/create-room.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class CreateRoomController {
  readonly #access: Access;
  readonly #createRoom: CreateRoom;

  constructor(access: Access, createRoom: CreateRoom) {
    this.#access = access;
    this.#createRoom = createRoom;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom */
  @Post('createRoom')
  @HttpCode(200)
  async create(@Req() request: FastifyRequest): Promise<{ room_id: string }> {
    const requester = await this.#access.requireActiveUser(request);
    const body = readBody(createRoomRequest, request.body);
    return { room_id: await this.#createRoom.execute(requester, body) };
  }
}
