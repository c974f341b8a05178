import { Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody, removeDeviceRequest, removeDevicesRequest, renameDeviceRequest } from '@plexus/matrix-api';
import type { AuthData, DeviceBody } from '@plexus/matrix-api';
import type { DeviceRecord } from '@plexus/storage';
import { ManageDevices } from '../../accounts/manage-devices.ts';
import { RemoveDevices } from '../../accounts/remove-devices.ts';
import { Access } from '../access.ts';
import { answerAuth } from '../answer-auth.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

@Controller(CLIENT_V3)
export class DevicesController {
  readonly #access: Access;
  readonly #manageDevices: ManageDevices;
  readonly #removeDevices: RemoveDevices;

  constructor(access: Access, manageDevices: ManageDevices, removeDevices: RemoveDevices) {
    this.#access = access;
    this.#manageDevices = manageDevices;
    this.#removeDevices = removeDevices;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devices */
  @Get('devices')
  async list(@Req() request: FastifyRequest): Promise<{ devices: DeviceBody[] }> {
    const { userId } = await this.#access.requireUserOrGuest(request);
    return { devices: (await this.#manageDevices.list(userId)).map(bodyOf) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devicesdeviceid */
  @Get('devices/:deviceId')
  async get(@Req() request: FastifyRequest, @Param('deviceId') deviceId: string): Promise<DeviceBody> {
    const { userId } = await this.#access.requireUserOrGuest(request);
    return bodyOf(await this.#manageDevices.get(userId, deviceId));
  }

  /** 201 where an application service makes the device (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3devicesdeviceid). */
  @Put('devices/:deviceId')
  async rename(
    @Req() request: FastifyRequest,
    @Param('deviceId') deviceId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const requester = await this.#access.requireUserOrGuest(request);
    const { display_name: displayName } = readBody(renameDeviceRequest, request.body);
    const outcome = await this.#manageDevices.change(requester, deviceId, displayName);
    reply.code(outcome === 'added' ? HttpStatus.CREATED : HttpStatus.OK);
    return {};
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3devicesdeviceid */
  @Delete('devices/:deviceId')
  async removeOne(
    @Req() request: FastifyRequest,
    @Param('deviceId') deviceId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { auth } = readBody(removeDeviceRequest, request.body, { emptyBody: 'object' });
    return this.#remove(request, reply, { deviceIds: [deviceId], auth });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3delete_devices */
  @Post('delete_devices')
  @HttpCode(200)
  async remove(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    await this.#access.requireUser(request);
    const { auth, devices } = readBody(removeDevicesRequest, request.body);
    return this.#remove(request, reply, { deviceIds: devices, auth });
  }

  async #remove(
    request: FastifyRequest,
    reply: FastifyReply,
    removal: { readonly deviceIds: readonly string[]; readonly auth: AuthData | undefined },
  ): Promise<object> {
    const requester = await this.#access.requireUser(request);
    const { clientAddress } = request;
    const removed = await this.#removeDevices.execute({ requester, clientAddress, ...removal });
    return answerAuth(reply, removed, () => ({}));
  }
}

function bodyOf({ deviceId, displayName, lastSeenIp, lastSeenAt }: DeviceRecord): DeviceBody {
  return {
    device_id: deviceId,
    ...(displayName !== undefined && { display_name: displayName }),
    ...(lastSeenIp !== undefined && { last_seen_ip: lastSeenIp }),
    ...(lastSeenAt !== undefined && { last_seen_ts: lastSeenAt }),
  };
}
