import { Readable } from 'node:stream';
import { Controller, Get, Param, Put, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { makeJoinQuery, readQuery, sendJoinQuery } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { MakeMembership } from '../membership/make-membership.ts';
import type { MembershipTemplate } from '../membership/make-membership.ts';
import { SendMembership } from '../membership/send-membership.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

/** Memberships of other servers' users: templates, and what comes back signed. */
@Controller('_matrix/federation')
@UseGuards(XMatrixGuard)
export class MembershipController {
  readonly #make: MakeMembership;
  readonly #send: SendMembership;

  constructor(make: MakeMembership, send: SendMembership) {
    this.#make = make;
    this.#send = send;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid */
  @Get('v1/make_join/:roomId/:userId')
  makeJoin(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('userId') userId: string,
    @Query() query: unknown,
  ): Promise<MembershipTemplate> {
    return this.#make.join(parties, { roomId, userId, versions: readQuery(makeJoinQuery, query).ver });
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_leaveroomiduserid */
  @Get('v1/make_leave/:roomId/:userId')
  makeLeave(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('userId') userId: string,
  ): Promise<MembershipTemplate> {
    return this.#make.leave(parties, { roomId, userId });
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_knockroomiduserid */
  @Get('v1/make_knock/:roomId/:userId')
  makeKnock(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('userId') userId: string,
    @Query() query: unknown,
  ): Promise<MembershipTemplate> {
    return this.#make.knock(parties, { roomId, userId, versions: readQuery(makeJoinQuery, query).ver });
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_joinroomideventid */
  @Put('v1/send_join/:roomId/:eventId')
  async sendJoinV1(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Req() { exactBody: event }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = { omitMembers: false, isFirstVersion: true };
    sendPieces(reply, await this.#send.join(parties, { roomId, eventId, event }, form));
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid */
  @Put('v2/send_join/:roomId/:eventId')
  async sendJoinV2(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Query() query: unknown,
    @Req() { exactBody: event }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { omit_members: omitMembers = false } = readQuery(sendJoinQuery, query);
    sendPieces(reply, await this.#send.join(parties, { roomId, eventId, event }, { omitMembers }));
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_leaveroomideventid */
  @Put('v1/send_leave/:roomId/:eventId')
  async sendLeaveV1(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Req() { exactBody: event }: FastifyRequest,
  ): Promise<[number, object]> {
    await this.#send.leave(parties, { roomId, eventId, event });
    return [200, {}];
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_leaveroomideventid */
  @Put('v2/send_leave/:roomId/:eventId')
  async sendLeaveV2(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Req() { exactBody: event }: FastifyRequest,
  ): Promise<object> {
    await this.#send.leave(parties, { roomId, eventId, event });
    return {};
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_knockroomideventid */
  @Put('v1/send_knock/:roomId/:eventId')
  sendKnock(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Req() { exactBody: event }: FastifyRequest,
  ): Promise<object> {
    return this.#send.knock(parties, { roomId, eventId, event });
  }
}

function sendPieces(reply: FastifyReply, pieces: AsyncIterableIterator<string>): void {
  reply.header('Content-Type', 'application/json').send(Readable.from(pieces));
}
