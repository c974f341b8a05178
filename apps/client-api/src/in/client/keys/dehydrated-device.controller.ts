import { Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { dehydratedDeviceRequest, dehydratedEventsRequest, readBody } from '@plexus/matrix-api';
import { ManageDehydratedDevice } from '../../../keys/manage-dehydrated-device.ts';
import { ReadDehydratedEvents } from '../../../keys/read-dehydrated-events.ts';
import type { DehydratedEvents } from '../../../keys/read-dehydrated-events.ts';
import { Access } from '../../access.ts';

/** https://github.com/matrix-org/matrix-spec-proposals/pull/3814 */
@Controller('_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device')
export class DehydratedDeviceController {
  readonly #access: Access;
  readonly #manageDevice: ManageDehydratedDevice;
  readonly #readEvents: ReadDehydratedEvents;

  constructor(access: Access, manageDevice: ManageDehydratedDevice, readEvents: ReadDehydratedEvents) {
    this.#access = access;
    this.#manageDevice = manageDevice;
    this.#readEvents = readEvents;
  }

  @Put()
  async store(@Req() request: FastifyRequest): Promise<{ device_id: string }> {
    const { userId } = await this.#access.requireUser(request, 'keys');
    return { device_id: await this.#manageDevice.store(userId, readBody(dehydratedDeviceRequest, request.body)) };
  }

  @Get()
  async find(@Req() request: FastifyRequest): Promise<object> {
    const { userId } = await this.#access.requireUser(request, 'keys');
    return this.#manageDevice.find(userId);
  }

  @Delete()
  async remove(@Req() request: FastifyRequest): Promise<{ device_id: string }> {
    const { userId } = await this.#access.requireUser(request, 'keys');
    return { device_id: await this.#manageDevice.remove(userId) };
  }

  @Post(':deviceId/events')
  @HttpCode(200)
  async events(@Req() request: FastifyRequest, @Param('deviceId') deviceId: string): Promise<DehydratedEvents> {
    const { userId } = await this.#access.requireUser(request, 'keys');
    const { next_batch: from } = readBody(dehydratedEventsRequest, request.body, { emptyBody: 'object' });
    return this.#readEvents.execute(userId, deviceId, from);
  }
}
