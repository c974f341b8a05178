import { Controller, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, sendToDeviceRequest } from '@plexus/matrix-api';
import { SendToDevice } from '../../to-device/send-to-device.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3.map((prefix) => `${prefix}/sendToDevice`))
export class SendToDeviceController {
  readonly #access: Access;
  readonly #sendToDevice: SendToDevice;

  constructor(access: Access, sendToDevice: SendToDevice) {
    this.#access = access;
    this.#sendToDevice = sendToDevice;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid */
  @Put(':type/:transactionId')
  async send(
    @Req() request: FastifyRequest,
    @Param() path: { readonly type: string; readonly transactionId: string },
  ): Promise<object> {
    const requester = await this.#access.requireUserOrGuest(request, 'to-device');
    const { messages } = readBody(sendToDeviceRequest, request.exactBody);
    await this.#sendToDevice.execute(requester, { ...path, messages });
    return {};
  }
}
