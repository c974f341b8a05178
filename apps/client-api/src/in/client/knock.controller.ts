import { Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { leaveRequest, readBody } from '@plexus/matrix-api';
import { EnterRoom } from '../../rooms/enter-room.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { readVia } from './read-via.ts';

@Controller(CLIENT_V3)
export class KnockController {
  readonly #access: Access;
  readonly #enterRoom: EnterRoom;

  constructor(access: Access, enterRoom: EnterRoom) {
    this.#access = access;
    this.#enterRoom = enterRoom;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3knockroomidoralias */
  @Post('knock/:roomIdOrAlias')
  @HttpCode(200)
  async knock(
    @Req() request: FastifyRequest,
    @Param('roomIdOrAlias') roomIdOrAlias: string,
    @Query() query: unknown,
  ): Promise<{ room_id: string }> {
    const requester = await this.#access.requireActiveUser(request);
    const via = readVia(query);
    const { reason } = readBody(leaveRequest, request.body, { emptyBody: 'object' });
    return { room_id: await this.#enterRoom.execute(requester, roomIdOrAlias, { action: 'knock', reason, via }) };
  }
}
