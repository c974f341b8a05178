import { Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { contextQuery, eventAtQuery, messagesQuery, readQuery } from '@plexus/matrix-api';
import { ReadRoomAsAdmin } from '../../administration/read-room-as-admin.ts';
import type { ContextResponse } from '../../reading/get-context.ts';
import type { MessagesResponse } from '../../reading/list-messages.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { readEventFilter } from '../read-event-filter.ts';
import { AdminController } from './admin-controller.ts';

const DEFAULT_LIMIT = 10;

/** What was said in a room: each look is recorded. */
@AdminController(`${SYNAPSE_ADMIN_V1}/rooms/:roomId`)
export class AdminRoomEventsController {
  readonly #access: Access;
  readonly #readRoom: ReadRoomAsAdmin;

  constructor(access: Access, readRoom: ReadRoomAsAdmin) {
    this.#access = access;
    this.#readRoom = readRoom;
  }

  @Get('messages')
  async messages(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: { readonly dir?: string },
  ): Promise<MessagesResponse> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    const { dir, from, to, limit, filter: text } = readQuery(messagesQuery, { dir: 'f', ...query });
    const filter = readEventFilter(text);
    return this.#readRoom.messages(requester, {
      roomId,
      direction: dir === 'b' ? 'backwards' : 'forwards',
      from,
      to,
      limit: limit ?? filter.limit ?? DEFAULT_LIMIT,
      filter,
    });
  }

  @Get('context/:eventId')
  async context(
    @Req() request: FastifyRequest,
    @Param() { roomId, eventId }: { readonly roomId: string; readonly eventId: string },
    @Query() query: unknown,
  ): Promise<ContextResponse> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    const { limit, filter: text } = readQuery(contextQuery, query);
    const filter = readEventFilter(text);
    const asked = { roomId, eventId, limit: limit ?? filter.limit ?? DEFAULT_LIMIT, filter };
    return this.#readRoom.context(requester, asked);
  }

  @Get('timestamp_to_event')
  async eventAt(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: { readonly dir?: string },
  ): Promise<{ event_id: string; origin_server_ts: number }> {
    const requester = await this.#access.requireAdmin(request);
    const { ts, dir } = readQuery(eventAtQuery, { dir: 'f', ...query });
    const direction = dir === 'b' ? 'backwards' : 'forwards';
    const { eventId, originServerTs } = await this.#readRoom.eventAt(requester, { roomId, timestamp: ts, direction });
    return { event_id: eventId, origin_server_ts: originServerTs };
  }
}
