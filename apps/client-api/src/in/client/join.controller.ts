import { Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { joinQuery, joinRequest, readBody, readQuery } from '@plexus/matrix-api';
import { ChangeMembership } from '../../rooms/change-membership.ts';
import { FindRoomToJoin } from '../../rooms/find-room-to-join.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class JoinController {
  readonly #access: Access;
  readonly #findRoom: FindRoomToJoin;
  readonly #changeMembership: ChangeMembership;

  constructor(access: Access, findRoom: FindRoomToJoin, changeMembership: ChangeMembership) {
    this.#access = access;
    this.#findRoom = findRoom;
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
    const requester = await this.#access.requireActiveUserOrGuest(request);
    const { via = [], server_name: older = [] } = readQuery(joinQuery, query);
    const { reason, third_party_signed: thirdPartySigned } = readBody(joinRequest, request.body, {
      emptyBody: 'object',
    });
    const { roomId, servers } = await this.#findRoom.execute(
      requester.serverName,
      roomIdOrAlias,
      requester.appserviceId,
    );
    await this.#changeMembership.execute(requester, roomId, {
      action: 'join',
      reason,
      thirdPartySigned,
      via: [...via, ...older, ...servers],
    });
    return { room_id: roomId };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidjoin */
  @Post('rooms/:roomId/join')
  @HttpCode(200)
  async joinById(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<{ room_id: string }> {
    const requester = await this.#access.requireActiveUserOrGuest(request);
    const { reason, third_party_signed: thirdPartySigned } = readBody(joinRequest, request.body, {
      emptyBody: 'object',
    });
    await this.#changeMembership.execute(requester, roomId, { action: 'join', reason, thirdPartySigned });
    return { room_id: roomId };
  }
}
