import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, roomInitialSyncQuery } from '@plexus/matrix-api';
import { GetInitialSync } from '../../../reading/get-initial-sync.ts';
import type { RoomSnapshot } from '../../../reading/get-initial-sync.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

const DEFAULT_LIMIT = 20;

@Controller(CLIENT_V3_ROOM)
export class InitialSyncController {
  readonly #access: Access;
  readonly #getInitialSync: GetInitialSync;

  constructor(access: Access, getInitialSync: GetInitialSync) {
    this.#access = access;
    this.#getInitialSync = getInitialSync;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidinitialsync */
  @Get('initialSync')
  async initialSync(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<RoomSnapshot> {
    const requester = await this.#access.requireUserOrGuest(request);
    const { limit = DEFAULT_LIMIT } = readQuery(roomInitialSyncQuery, query);
    return this.#getInitialSync.execute(requester, roomId, limit);
  }
}
