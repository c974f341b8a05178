import { HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, sendServerNoticeRequest } from '@plexus/matrix-api';
import { SendServerNotice } from '../../notices/send-server-notice.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** Notices to single users, as Synapse's administrators know them. */
@AdminController(`${SYNAPSE_ADMIN_V1}/send_server_notice`)
export class ServerNoticesController {
  readonly #access: Access;
  readonly #sendServerNotice: SendServerNotice;

  constructor(access: Access, sendServerNotice: SendServerNotice) {
    this.#access = access;
    this.#sendServerNotice = sendServerNotice;
  }

  @Post()
  @HttpCode(200)
  send(@Req() request: FastifyRequest): Promise<{ event_id: string }> {
    return this.#send(request);
  }

  @Put(':transactionId')
  sendOnce(
    @Req() request: FastifyRequest,
    @Param('transactionId') transactionId: string,
  ): Promise<{ event_id: string }> {
    return this.#send(request, transactionId);
  }

  async #send(request: FastifyRequest, transactionId?: string): Promise<{ event_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const body = readBody(sendServerNoticeRequest, request.body);
    const { user_id: userId, content, type = 'm.room.message', state_key: stateKey } = body;
    const notice = { userId, content, type, stateKey };
    return { event_id: await this.#sendServerNotice.execute(requester, notice, transactionId) };
  }
}
