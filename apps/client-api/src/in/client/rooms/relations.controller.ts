import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, relationsQuery, threadsQuery } from '@plexus/matrix-api';
import { ListRelations } from '../../../reading/list-relations.ts';
import type { RelationsResponse } from '../../../reading/list-relations.ts';
import { ListThreads } from '../../../reading/list-threads.ts';
import type { ThreadsResponse } from '../../../reading/list-threads.ts';
import { Access } from '../../access.ts';
import { CLIENT_V1_ROOM } from '../../client-prefixes.ts';

interface RelationsPath {
  readonly roomId: string;
  readonly eventId: string;
  readonly relType?: string;
  readonly eventType?: string;
}

const DEFAULT_LIMIT = 5;
const DEFAULT_THREADS = 20;

@Controller(CLIENT_V1_ROOM)
export class RelationsController {
  readonly #access: Access;
  readonly #listRelations: ListRelations;
  readonly #listThreads: ListThreads;

  constructor(access: Access, listRelations: ListRelations, listThreads: ListThreads) {
    this.#access = access;
    this.#listRelations = listRelations;
    this.#listThreads = listThreads;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#relationships-api */
  @Get(['relations/:eventId', 'relations/:eventId/:relType', 'relations/:eventId/:relType/:eventType'])
  async relations(
    @Req() request: FastifyRequest,
    @Param() { roomId, eventId, relType, eventType }: RelationsPath,
    @Query() query: unknown,
  ): Promise<RelationsResponse> {
    const requester = await this.#access.requireUser(request);
    const { dir, from, to, limit, recurse } = readQuery(relationsQuery, query);
    return this.#listRelations.execute(requester, {
      roomId,
      eventId,
      relationType: relType,
      eventType,
      direction: dir === 'f' ? 'forwards' : 'backwards',
      from,
      to,
      limit: limit ?? DEFAULT_LIMIT,
      recurse,
    });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads */
  @Get('threads')
  async threads(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<ThreadsResponse> {
    const requester = await this.#access.requireUser(request, 'look-up');
    const { include, from, limit } = readQuery(threadsQuery, query);
    return this.#listThreads.execute(requester, {
      roomId,
      from,
      limit: limit ?? DEFAULT_THREADS,
      onlyParticipated: include === 'participated',
    });
  }
}
