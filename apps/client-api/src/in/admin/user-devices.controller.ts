import { Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  createDeviceRequest,
  deleteDevicesRequest,
  logInAsRequest,
  readBody,
  renameUserDeviceRequest,
} from '@plexus/matrix-api';
import type { AdminDeviceBody } from '@plexus/matrix-api';
import { CloseSessions } from '../../accounts/close-sessions.ts';
import { ManageDevices } from '../../accounts/manage-devices.ts';
import { requireDeviceId } from '../../accounts/open-session.ts';
import { AddDevice } from '../../administration/add-device.ts';
import { FindAdministeredUser } from '../../administration/find-administered-user.ts';
import { LogInAsUser } from '../../administration/log-in-as-user.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1, SYNAPSE_ADMIN_V2 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { bodyOfDevice } from './user-body.ts';

const USER = `${SYNAPSE_ADMIN_V2}/users/:userId`;

interface DevicePath {
  readonly userId: string;
  readonly deviceId: string;
}

/** Devices of users, and tokens in their name. */
@AdminController('')
export class UserDevicesController {
  readonly #access: Access;
  readonly #findUser: FindAdministeredUser;
  readonly #devices: ManageDevices;
  readonly #closeSessions: CloseSessions;
  readonly #addDevice: AddDevice;
  readonly #logInAsUser: LogInAsUser;

  constructor(
    access: Access,
    findUser: FindAdministeredUser,
    devices: ManageDevices,
    closeSessions: CloseSessions,
    addDevice: AddDevice,
    logInAsUser: LogInAsUser,
  ) {
    this.#access = access;
    this.#findUser = findUser;
    this.#devices = devices;
    this.#closeSessions = closeSessions;
    this.#addDevice = addDevice;
    this.#logInAsUser = logInAsUser;
  }

  @Get(`${USER}/devices`)
  async list(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
  ): Promise<{ devices: AdminDeviceBody[]; total: number }> {
    await this.#findUser.execute(await this.#access.requireAdmin(request), userId);
    const devices = await this.#devices.list(userId);
    return { devices: devices.map(bodyOfDevice), total: devices.length };
  }

  @Post(`${USER}/devices`)
  @HttpCode(201)
  async add(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    await this.#toChange(request, userId);
    const { device_id: deviceId } = readBody(createDeviceRequest, request.body);
    requireDeviceId(deviceId);
    await this.#addDevice.execute(userId, deviceId);
    return {};
  }

  @Get(`${USER}/devices/:deviceId`)
  async get(@Req() request: FastifyRequest, @Param() { userId, deviceId }: DevicePath): Promise<AdminDeviceBody> {
    await this.#findUser.execute(await this.#access.requireAdmin(request), userId);
    return bodyOfDevice(await this.#devices.get(userId, deviceId));
  }

  @Put(`${USER}/devices/:deviceId`)
  async rename(@Req() request: FastifyRequest, @Param() { userId, deviceId }: DevicePath): Promise<object> {
    await this.#toChange(request, userId);
    const { display_name: name } = readBody(renameUserDeviceRequest, request.body, { emptyBody: 'object' });
    await this.#devices.rename(userId, deviceId, name ?? undefined);
    return {};
  }

  /** A device that is not there counts as removed. */
  @Delete(`${USER}/devices/:deviceId`)
  async remove(@Req() request: FastifyRequest, @Param() { userId, deviceId }: DevicePath): Promise<object> {
    await this.#toChange(request, userId);
    await this.#closeSessions.execute(userId, [deviceId]);
    return {};
  }

  @Post(`${USER}/delete_devices`)
  @HttpCode(200)
  async removeMany(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    await this.#toChange(request, userId);
    const { devices } = readBody(deleteDevicesRequest, request.body);
    await this.#closeSessions.execute(
      userId,
      devices.filter((deviceId) => !deviceId.includes('\0')),
    );
    return {};
  }

  @Post(`${SYNAPSE_ADMIN_V1}/users/:userId/login`)
  @HttpCode(200)
  async logIn(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ access_token: string }> {
    const requester = await this.#access.requireAdmin(request);
    const body = readBody(logInAsRequest, request.body, { emptyBody: 'object' });
    const wish = { validUntil: body.valid_until_ms ?? undefined, deviceId: body.device_id ?? undefined };
    return { access_token: await this.#logInAsUser.execute(requester, userId, wish) };
  }

  async #toChange(request: FastifyRequest, userId: string): Promise<void> {
    await this.#findUser.toChange(await this.#access.requireAdmin(request), userId);
  }
}
