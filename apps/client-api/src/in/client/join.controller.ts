import { Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { joinRequest, readBody } from '@plexus/matrix-api';
import { ChangeMembership } from '../../rooms/change-membership.ts';
import { EnterRoom } from '../../rooms/enter-room.ts';
import type { Entrance } from '../../rooms/enter-room.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { readVia } from './read-via.ts';

@Controller(CLIENT_V3)
export class JoinController {
  readonly #access: Access;
  readonly #enterRoom: EnterRoom;
  readonly #changeMembership: ChangeMembership;

  constructor(access: Access, enterRoom: EnterRoom, changeMembership: ChangeMembership) {
    this.#access = access;
    this.#enterRoom = enterRoom;
    this.#changeMembership = changeMembership;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3joinroomidoralias */
  @Post('join/:roomIdOrAlias')
  @HttpCode(200)
  async joinByIdOrAlias(
    @Req() request: FastifyRequest,
    @Param('roomIdOrAlias') roomIdOrAlias: string,
    @Query() query: unknown,
  ): Promise<{ room_id: string }> {
    const requester = await this.#access.requireUserOrGuest(request);
    const via = readVia(query);
    return { room_id: await this.#enterRoom.execute(requester, roomIdOrAlias, { ...readJoin(request), via }) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidjoin */
  @Post('rooms/:roomId/join')
  @HttpCode(200)
  async joinById(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<{ room_id: string }> {
    const requester = await this.#access.requireUserOrGuest(request);
    await this.#changeMembership.execute(requester, roomId, readJoin(request));
    return { room_id: roomId };
  }
}

function readJoin({ body }: FastifyRequest): Entrance {
  const { reason, third_party_signed: thirdPartySigned } = readBody(joinRequest, body, { emptyBody: 'object' });
  return { action: 'join', reason, thirdPartySigned };
}
