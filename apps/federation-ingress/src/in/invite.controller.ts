import { Controller, Header, Param, Put, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { inviteV1Request, inviteV2Request, readBody } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { ReceiveInvite } from '../membership/receive-invite.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

/** The first version of the API does not name the room's version; it is for the oldest. */
const V1_ROOM_VERSION = '1';

@Controller('_matrix/federation')
@UseGuards(XMatrixGuard)
export class InviteController {
  readonly #receiveInvite: ReceiveInvite;

  constructor(receiveInvite: ReceiveInvite) {
    this.#receiveInvite = receiveInvite;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1inviteroomideventid */
  @Put('v1/invite/:roomId/:eventId')
  @Header('Content-Type', 'application/json')
  async inviteV1(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Req() { exactBody: event }: FastifyRequest,
  ): Promise<string> {
    const { unsigned } = readBody(inviteV1Request, event);
    const roomState = unsigned?.invite_room_state ?? [];
    const invite = { roomId, eventId, roomVersion: V1_ROOM_VERSION, event, roomState };
    return `[200,{"event":${await this.#receiveInvite.execute(parties, invite)}}]`;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid */
  @Put('v2/invite/:roomId/:eventId')
  @Header('Content-Type', 'application/json')
  async inviteV2(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Req() { exactBody }: FastifyRequest,
  ): Promise<string> {
    const {
      event,
      room_version: roomVersion,
      invite_room_state: roomState = [],
    } = readBody(inviteV2Request, exactBody);
    const signed = await this.#receiveInvite.execute(parties, { roomId, eventId, roomVersion, event, roomState });
    return `{"event":${signed}}`;
  }
}
