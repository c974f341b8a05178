import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { DeviceRecord, DeviceRepository } from '@plexus/storage';
import type { AddDevice } from '../administration/add-device.ts';
import { requireDeviceId, storableName } from './open-session.ts';

/** A user's devices (https://spec.matrix.org/v1.19/client-server-api/#device-management). */
export class ManageDevices {
  readonly #devices: DeviceRepository;
  readonly #addDevice: AddDevice;

  constructor(devices: DeviceRepository, addDevice: AddDevice) {
    this.#devices = devices;
    this.#addDevice = addDevice;
  }

  list(userId: string): Promise<DeviceRecord[]> {
    return this.#devices.listDevices(userId);
  }

  /** Throws 404 where the user has no such device. */
  async get(userId: string, deviceId: string): Promise<DeviceRecord> {
    const device = await this.#devices.findDevice(userId, deviceId);
    if (device === undefined) throw noSuchDevice();
    return device;
  }

  /**
   * An application service makes a device that is not there (https://spec.matrix.org/v1.19/application-service-api/#device-management), anybody
   * else has to have it. Without a name nothing changes.
   */
  async change(
    { userId, appserviceId }: Requester,
    deviceId: string,
    displayName: string | undefined,
  ): Promise<'added' | 'renamed'> {
    const name = storableName(displayName);
    if (appserviceId !== undefined && (await this.#add(userId, deviceId, name))) return 'added';
    await this.rename(userId, deviceId, name);
    return 'renamed';
  }

  async rename(userId: string, deviceId: string, displayName: string | undefined): Promise<void> {
    if (displayName === undefined) await this.get(userId, deviceId);
    else if (!(await this.#devices.renameDevice(userId, deviceId, storableName(displayName) ?? '')))
      throw noSuchDevice();
  }

  async #add(userId: string, deviceId: string, displayName: string | undefined): Promise<boolean> {
    requireDeviceId(deviceId);
    if (deviceId.length > MAX_DEVICE_ID_LENGTH) throw new MatrixError('M_INVALID_PARAM', 400, 'device_id is too long');
    return this.#addDevice.execute(userId, deviceId, displayName);
  }
}

const MAX_DEVICE_ID_LENGTH = 255;

function noSuchDevice(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'You have no device with this id');
}
