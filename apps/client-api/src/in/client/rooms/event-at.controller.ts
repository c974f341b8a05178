import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { eventAtQuery, readQuery } from '@plexus/matrix-api';
import { FindEventAt } from '../../../reading/find-event-at.ts';
import { Access } from '../../access.ts';
import { CLIENT_V1_ROOM } from '../../client-prefixes.ts';

@Controller(CLIENT_V1_ROOM)
export class EventAtController {
  readonly #access: Access;
  readonly #findEventAt: FindEventAt;

  constructor(access: Access, findEventAt: FindEventAt) {
    this.#access = access;
    this.#findEventAt = findEventAt;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event */
  @Get('timestamp_to_event')
  async eventAt(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<{ event_id: string; origin_server_ts: number }> {
    const { userId } = await this.#access.requireUser(request, 'look-up');
    const { ts, dir } = readQuery(eventAtQuery, query);
    const direction = dir === 'b' ? 'backwards' : 'forwards';
    const { eventId, originServerTs } = await this.#findEventAt.execute(userId, { roomId, timestamp: ts, direction });
    return { event_id: eventId, origin_server_ts: originServerTs };
  }
}
