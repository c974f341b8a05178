import { MatrixError } from '@plexus/matrix-base';
import type { DeviceRecord, DeviceRepository } from '@plexus/storage';
import { storableName } from './open-session.ts';

/** A user's devices (https://spec.matrix.org/v1.19/client-server-api/#device-management). */
export class ManageDevices {
  readonly #devices: DeviceRepository;

  constructor(devices: DeviceRepository) {
    this.#devices = devices;
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

  /** Without a name nothing changes. */
  async rename(userId: string, deviceId: string, displayName: string | undefined): Promise<void> {
    if (displayName === undefined) await this.get(userId, deviceId);
    else if (!(await this.#devices.renameDevice(userId, deviceId, storableName(displayName) ?? '')))
      throw noSuchDevice();
  }
}

function noSuchDevice(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'You have no device with this id');
}
