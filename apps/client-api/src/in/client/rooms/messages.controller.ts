import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { messagesQuery, readQuery } from '@plexus/matrix-api';
import { ListMessages } from '../../../reading/list-messages.ts';
import type { MessagesResponse } from '../../../reading/list-messages.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';
import { readEventFilter } from '../../read-event-filter.ts';

const DEFAULT_LIMIT = 10;

@Controller(CLIENT_V3_ROOM)
export class MessagesController {
  readonly #access: Access;
  readonly #listMessages: ListMessages;

  constructor(access: Access, listMessages: ListMessages) {
    this.#access = access;
    this.#listMessages = listMessages;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages */
  @Get('messages')
  async messages(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<MessagesResponse> {
    const requester = await this.#access.requireUserOrGuest(request);
    const { dir, from, to, limit, filter: text } = readQuery(messagesQuery, query);
    const filter = readEventFilter(text);
    return this.#listMessages.execute(requester, {
      roomId,
      direction: dir === 'b' ? 'backwards' : 'forwards',
      from,
      to,
      limit: limit ?? filter.limit ?? DEFAULT_LIMIT,
      filter,
    });
  }
}
