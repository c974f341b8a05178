import { Readable } from 'node:stream';
import { Controller, Get, Header, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { readQuery, stateAtQuery } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { GetEventAuth } from '../reading/get-event-auth.ts';
import { GetEvent } from '../reading/get-event.ts';
import { GetStateAt } from '../reading/get-state-at.ts';
import type { StateIds } from '../reading/get-state-at.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

@Controller('_matrix/federation/v1')
@UseGuards(XMatrixGuard)
export class EventsController {
  readonly #getEvent: GetEvent;
  readonly #getStateAt: GetStateAt;
  readonly #getEventAuth: GetEventAuth;

  constructor(getEvent: GetEvent, getStateAt: GetStateAt, getEventAuth: GetEventAuth) {
    this.#getEvent = getEvent;
    this.#getStateAt = getStateAt;
    this.#getEventAuth = getEventAuth;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid */
  @Get('event/:eventId')
  @Header('Content-Type', 'application/json')
  event(@Between() parties: Parties, @Param('eventId') eventId: string): Promise<string> {
    return this.#getEvent.execute(parties, eventId);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1stateroomid */
  @Get('state/:roomId')
  async state(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { event_id: eventId } = readQuery(stateAtQuery, query);
    const pieces = await this.#getStateAt.events(parties, roomId, eventId);
    reply.header('Content-Type', 'application/json').send(Readable.from(pieces));
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid */
  @Get('state_ids/:roomId')
  stateIds(@Between() parties: Parties, @Param('roomId') roomId: string, @Query() query: unknown): Promise<StateIds> {
    return this.#getStateAt.ids(parties, roomId, readQuery(stateAtQuery, query).event_id);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid */
  @Get('event_auth/:roomId/:eventId')
  @Header('Content-Type', 'application/json')
  eventAuth(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
  ): Promise<string> {
    return this.#getEventAuth.execute(parties, roomId, eventId);
  }
}
