import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, upgradeRequest } from '@plexus/matrix-api';
import { UpgradeRoom } from '../../upgrade/upgrade-room.ts';
import { Access } from '../access.ts';
import { CLIENT_V3_ROOM } from '../client-prefixes.ts';

@Controller(CLIENT_V3_ROOM)
export class UpgradeController {
  readonly #access: Access;
  readonly #upgradeRoom: UpgradeRoom;

  constructor(access: Access, upgradeRoom: UpgradeRoom) {
    this.#access = access;
    this.#upgradeRoom = upgradeRoom;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidupgrade */
  @Post('upgrade')
  @HttpCode(200)
  async upgrade(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
  ): Promise<{ replacement_room: string }> {
    const requester = await this.#access.requireActiveUser(request);
    const body = readBody(upgradeRequest, request.body);
    return { replacement_room: await this.#upgradeRoom.execute(requester, roomId, body) };
  }
}
