import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { filterDefinition, readBody } from '@plexus/matrix-api';
import type { JsonValue } from '@plexus/matrix-base';
import { GetFilter } from '../../filters/get-filter.ts';
import { StoreFilter } from '../../filters/store-filter.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3.map((prefix) => `${prefix}/user/:userId/filter`))
export class FilterController {
  readonly #access: Access;
  readonly #storeFilter: StoreFilter;
  readonly #getFilter: GetFilter;

  constructor(access: Access, storeFilter: StoreFilter, getFilter: GetFilter) {
    this.#access = access;
    this.#storeFilter = storeFilter;
    this.#getFilter = getFilter;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridfilter */
  @Post()
  @HttpCode(200)
  async store(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ filter_id: string }> {
    const requester = await this.#access.requireUser(request, 'account-data');
    readBody(filterDefinition, request.body);
    return { filter_id: await this.#storeFilter.execute(requester, userId, request.body as JsonValue) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridfilterfilterid */
  @Get(':filterId')
  async get(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
    @Param('filterId') filterId: string,
  ): Promise<object> {
    return this.#getFilter.execute(await this.#access.requireUser(request), userId, filterId);
  }
}
