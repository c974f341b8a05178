import { Controller, Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, tagRequest } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { ChangeTags } from '../../account-data/change-tags.ts';
import type { TagPlace } from '../../account-data/change-tags.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { sentContentOf } from '../sent-content.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#room-tagging */
@Controller(CLIENT_V3.map((prefix) => `${prefix}/user/:userId/rooms/:roomId/tags`))
export class TagsController {
  readonly #access: Access;
  readonly #tags: ChangeTags;

  constructor(access: Access, tags: ChangeTags) {
    this.#access = access;
    this.#tags = tags;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Param() place: TagPlace): Promise<{ tags: JsonObject }> {
    return { tags: await this.#tags.list(await this.#access.requireUser(request), place) };
  }

  @Put(':tag')
  async add(@Req() request: FastifyRequest, @Param() { tag, ...place }: TagPlace & { tag: string }): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-data');
    readBody(tagRequest, request.body);
    await this.#tags.add(requester, place, { tag, content: sentContentOf(request) });
    return {};
  }

  @Delete(':tag')
  async remove(
    @Req() request: FastifyRequest,
    @Param() { tag, ...place }: TagPlace & { tag: string },
  ): Promise<object> {
    await this.#tags.remove(await this.#access.requireUser(request, 'account-data'), place, tag);
    return {};
  }
}
