import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { contextQuery, readQuery } from '@plexus/matrix-api';
import { GetContext } from '../../../reading/get-context.ts';
import type { ContextResponse } from '../../../reading/get-context.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';
import { readEventFilter } from '../../read-event-filter.ts';

const DEFAULT_LIMIT = 10;

@Controller(CLIENT_V3_ROOM)
export class ContextController {
  readonly #access: Access;
  readonly #getContext: GetContext;

  constructor(access: Access, getContext: GetContext) {
    this.#access = access;
    this.#getContext = getContext;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid */
  @Get('context/:eventId')
  async context(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Param('eventId') eventId: string,
    @Query() query: unknown,
  ): Promise<ContextResponse> {
    const requester = await this.#access.requireUserOrGuest(request);
    const { limit, filter: text } = readQuery(contextQuery, query);
    const filter = readEventFilter(text);
    return this.#getContext.execute(requester, {
      roomId,
      eventId,
      limit: limit ?? filter.limit ?? DEFAULT_LIMIT,
      filter,
    });
  }
}
