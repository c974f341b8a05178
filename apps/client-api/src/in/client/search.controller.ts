import { Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, readQuery, searchQuery, searchRequest } from '@plexus/matrix-api';
import { SearchMessages } from '../../searching/search-messages.ts';
import type { RoomEventsResult } from '../../searching/search-messages.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

interface SearchResponse {
  readonly search_categories: { readonly room_events?: RoomEventsResult };
}

@Controller(CLIENT_V3)
export class SearchController {
  readonly #access: Access;
  readonly #searchMessages: SearchMessages;

  constructor(access: Access, searchMessages: SearchMessages) {
    this.#access = access;
    this.#searchMessages = searchMessages;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3search */
  @Post('search')
  @HttpCode(200)
  async search(@Req() request: FastifyRequest, @Query() query: unknown): Promise<SearchResponse> {
    const requester = await this.#access.requireUser(request, 'search');
    const { next_batch: nextBatch } = readQuery(searchQuery, query);
    const { search_categories: categories } = readBody(searchRequest, request.body);
    if (categories.room_events === undefined) return { search_categories: {} };
    return {
      search_categories: {
        room_events: await this.#searchMessages.execute(requester, categories.room_events, nextBatch),
      },
    };
  }
}
