import { Controller, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { networkVisibilityRequest, readBody } from '@plexus/matrix-api';
import { PublishNetworkRoom } from '../../appservices/publish-network-room.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class NetworkDirectoryController {
  readonly #access: Access;
  readonly #publish: PublishNetworkRoom;

  constructor(access: Access, publish: PublishNetworkRoom) {
    this.#access = access;
    this.#publish = publish;
  }

  /** https://spec.matrix.org/v1.19/application-service-api/#put_matrixclientv3directorylistappservicenetworkidroomid */
  @Put('directory/list/appservice/:networkId/:roomId')
  async setVisibility(
    @Req() request: FastifyRequest,
    @Param() path: { readonly networkId: string; readonly roomId: string },
  ): Promise<object> {
    const requester = await this.#access.requireActiveUser(request);
    const { visibility } = readBody(networkVisibilityRequest, request.body);
    await this.#publish.execute(requester, path, visibility);
    return {};
  }
}
