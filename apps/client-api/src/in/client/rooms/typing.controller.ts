import { Controller, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, typingRequest } from '@plexus/matrix-api';
import { SetTyping } from '../../../ephemeral/set-typing.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';

interface TypingPath {
  readonly roomId: string;
  readonly userId: string;
}

@Controller(CLIENT_V3_ROOM)
export class TypingController {
  readonly #access: Access;
  readonly #setTyping: SetTyping;

  constructor(access: Access, setTyping: SetTyping) {
    this.#access = access;
    this.#setTyping = setTyping;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidtypinguserid */
  @Put('typing/:userId')
  async setTypingState(@Req() request: FastifyRequest, @Param() path: TypingPath): Promise<object> {
    const requester = await this.#access.requireActiveUser(request, 'typing');
    await this.#setTyping.execute(requester, path, readBody(typingRequest, request.body));
    return {};
  }
}
