import { Controller, Get, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ClientEvent } from '@plexus/room-dag';
import { GetEventById } from '../../reading/get-event-by-id.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class EventByIdController {
  readonly #access: Access;
  readonly #getEvent: GetEventById;

  constructor(access: Access, getEvent: GetEventById) {
    this.#access = access;
    this.#getEvent = getEvent;
  }

  /** Deprecated: https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3eventseventid */
  @Get('events/:eventId')
  async event(@Req() request: FastifyRequest, @Param('eventId') eventId: string): Promise<ClientEvent> {
    return this.#getEvent.execute(await this.#access.requireUserOrGuest(request), eventId);
  }
}
