import { Controller, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { EventIdResponse } from '@plexus/matrix-api';
import { SendEvent } from '../../../rooms/send-event.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';
import { readMassagedTimestamp } from '../../massaged-timestamp.ts';
import { sentContentOf } from '../../sent-content.ts';

interface SendPath {
  readonly roomId: string;
  readonly type: string;
  readonly transactionId: string;
}

@Controller(CLIENT_V3_ROOM)
export class SendController {
  readonly #access: Access;
  readonly #sendEvent: SendEvent;

  constructor(access: Access, sendEvent: SendEvent) {
    this.#access = access;
    this.#sendEvent = sendEvent;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid */
  @Put('send/:type/:transactionId')
  async send(@Req() request: FastifyRequest, @Param() path: SendPath): Promise<EventIdResponse> {
    const requester = await this.#access.requireActiveUserOrGuest(request);
    const { roomId, type, transactionId } = path;
    const originServerTs = readMassagedTimestamp(request, requester);
    const message = { roomId, type, transactionId, content: sentContentOf(request), originServerTs };
    return { event_id: await this.#sendEvent.execute(requester, message) };
  }
}
