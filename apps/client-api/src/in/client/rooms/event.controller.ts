import { Controller, Get, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ClientEvent } from '@plexus/room-dag';
import { GetEvent } from '../../../reading/get-event.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

@Controller(CLIENT_V3_ROOM)
export class EventController {
  readonly #access: Access;
  readonly #getEvent: GetEvent;

  constructor(access: Access, getEvent: GetEvent) {
    this.#access = access;
    this.#getEvent = getEvent;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid */
  @Get('event/:eventId')
  async event(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
  ): Promise<ClientEvent> {
    return this.#getEvent.execute(await this.#access.requireUserOrGuest(request), roomId, eventId);
  }
}
