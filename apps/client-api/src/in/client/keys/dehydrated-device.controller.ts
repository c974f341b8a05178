import { Controller, Delete, Get, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { dehydratedDeviceRequest, readBody } from '@plexus/matrix-api';
import { ManageDehydratedDevice } from '../../../keys/manage-dehydrated-device.ts';
import { Access } from '../../access.ts';

/** https://github.com/matrix-org/matrix-spec-proposals/pull/3814 */
@Controller('_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device')
export class DehydratedDeviceController {
  readonly #access: Access;
  readonly #manageDevice: ManageDehydratedDevice;

  constructor(access: Access, manageDevice: ManageDehydratedDevice) {
    this.#access = access;
    this.#manageDevice = manageDevice;
  }

  @Put()
  async store(@Req() request: FastifyRequest): Promise<{ device_id: string }> {
    const { userId } = await this.#access.requireUser(request);
    return { device_id: await this.#manageDevice.store(userId, readBody(dehydratedDeviceRequest, request.body)) };
  }

  @Get()
  async find(@Req() request: FastifyRequest): Promise<object> {
    const { userId } = await this.#access.requireUser(request);
    return this.#manageDevice.find(userId);
  }

  @Delete()
  async remove(@Req() request: FastifyRequest): Promise<{ device_id: string }> {
    const { userId } = await this.#access.requireUser(request);
    return { device_id: await this.#manageDevice.remove(userId) };
  }
}
