import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { inviteRequest, leaveRequest, readBody, targetedRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { ChangeMembership } from '../../../rooms/change-membership.ts';
import { ForgetRoom } from '../../../rooms/forget-room.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#room-membership */
@Controller(CLIENT_V3_ROOM)
export class MembershipController {
  readonly #access: Access;
  readonly #changeMembership: ChangeMembership;
  readonly #forgetRoom: ForgetRoom;

  constructor(access: Access, changeMembership: ChangeMembership, forgetRoom: ForgetRoom) {
    this.#access = access;
    this.#changeMembership = changeMembership;
    this.#forgetRoom = forgetRoom;
  }

  @Post('invite')
  @HttpCode(200)
  async invite(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    const requester = await this.#access.requireActiveUser(request);
    const { user_id: target, reason, ...thirdParty } = readBody(inviteRequest, request.body);
    if (target === undefined) throw withoutUser(thirdParty);
    await this.#changeMembership.execute(requester, roomId, { action: 'invite', target, reason });
    return {};
  }

  @Post('leave')
  @HttpCode(200)
  async leave(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    const requester = await this.#access.requireUserOrGuest(request, 'leave');
    const { reason } = readBody(leaveRequest, request.body, { emptyBody: 'object' });
    await this.#changeMembership.execute(requester, roomId, { action: 'leave', reason });
    return {};
  }

  @Post('kick')
  @HttpCode(200)
  kick(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    return this.#changeOther(request, roomId, 'kick');
  }

  @Post('ban')
  @HttpCode(200)
  ban(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    return this.#changeOther(request, roomId, 'ban');
  }

  @Post('unban')
  @HttpCode(200)
  unban(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    return this.#changeOther(request, roomId, 'unban');
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidforget */
  @Post('forget')
  @HttpCode(200)
  async forget(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    await this.#forgetRoom.execute(await this.#access.requireUser(request, 'leave'), roomId);
    return {};
  }

  async #changeOther(request: FastifyRequest, roomId: string, action: 'kick' | 'ban' | 'unban'): Promise<object> {
    const requester = await this.#access.requireActiveUser(request, 'moderation');
    const { user_id: target, reason } = readBody(targetedRequest, request.body);
    await this.#changeMembership.execute(requester, roomId, { action, target, reason });
    return {};
  }
}

/** An invite by third-party id has all four of its keys (https://spec.matrix.org/v1.19/client-server-api/#third-party-invites). */
function withoutUser(thirdParty: { readonly address?: string; readonly medium?: string }): MatrixError {
  if (thirdParty.address === undefined || thirdParty.medium === undefined) {
    return new MatrixError('M_MISSING_PARAM', 400, '"user_id" is required');
  }
  return new MatrixError('M_FORBIDDEN', 403, 'Invites by third-party id need an identity server, and there is none');
}
