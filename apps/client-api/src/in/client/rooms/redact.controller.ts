import { Controller, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, redactRequest } from '@plexus/matrix-api';
import type { EventIdResponse } from '@plexus/matrix-api';
import { RedactEvent } from '../../../rooms/redact-event.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

interface RedactPath {
  readonly roomId: string;
  readonly eventId: string;
  readonly transactionId: string;
}

@Controller(CLIENT_V3_ROOM)
export class RedactController {
  readonly #access: Access;
  readonly #redactEvent: RedactEvent;

  constructor(access: Access, redactEvent: RedactEvent) {
    this.#access = access;
    this.#redactEvent = redactEvent;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid */
  @Put('redact/:eventId/:transactionId')
  async redact(@Req() request: FastifyRequest, @Param() path: RedactPath): Promise<EventIdResponse> {
    const requester = await this.#access.requireUser(request);
    const body = readBody(redactRequest, request.body, { emptyBody: 'object' });
    const { roomId, eventId, transactionId } = path;
    return { event_id: await this.#redactEvent.execute(requester, { roomId, eventId, transactionId, body }) };
  }
}
