import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { backfillQuery, eventAtQuery, missingEventsRequest, readBody, readQuery } from '@plexus/matrix-api';
import type { Parties } from '../authentication/parties.ts';
import { FindEventAt } from '../reading/find-event-at.ts';
import { GetHistory } from '../reading/get-history.ts';
import { Between } from './parties.ts';
import { XMatrixGuard } from './x-matrix.guard.ts';

@Controller('_matrix/federation/v1')
@UseGuards(XMatrixGuard)
export class HistoryController {
  readonly #getHistory: GetHistory;
  readonly #findEventAt: FindEventAt;

  constructor(getHistory: GetHistory, findEventAt: FindEventAt) {
    this.#getHistory = getHistory;
    this.#findEventAt = findEventAt;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1backfillroomid */
  @Get('backfill/:roomId')
  @Header('Content-Type', 'application/json')
  backfill(@Between() parties: Parties, @Param('roomId') roomId: string, @Query() query: unknown): Promise<string> {
    const { v: from, limit } = readQuery(backfillQuery, query);
    return this.#getHistory.backfill(parties, roomId, { from, limit });
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1get_missing_eventsroomid */
  @Post('get_missing_events/:roomId')
  @HttpCode(200)
  @Header('Content-Type', 'application/json')
  missingEvents(@Between() parties: Parties, @Param('roomId') roomId: string, @Body() body: unknown): Promise<string> {
    const { earliest_events, latest_events, limit } = readBody(missingEventsRequest, body);
    return this.#getHistory.missingEvents(parties, roomId, {
      earliestEvents: earliest_events,
      latestEvents: latest_events,
      limit,
    });
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid */
  @Get('timestamp_to_event/:roomId')
  async eventAt(
    @Between() parties: Parties,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<{ event_id: string; origin_server_ts: number }> {
    const { ts: timestamp, dir } = readQuery(eventAtQuery, query);
    const direction = dir === 'f' ? 'forwards' : 'backwards';
    const { eventId, originServerTs } = await this.#findEventAt.execute(parties, roomId, { timestamp, direction });
    return { event_id: eventId, origin_server_ts: originServerTs };
  }
}
