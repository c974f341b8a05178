import type { DehydratedDevice, DehydratedDeviceRepository, NewDehydratedDevice } from '@plexus/storage';
import type { FakeAccounts } from '../accounts/fake-accounts.ts';
import type { FakeDeviceKeys } from './fake-device-keys.ts';

/** Dehydrated devices in memory. */
export class FakeDehydratedDevices implements DehydratedDeviceRepository {
  readonly #accounts: Pick<FakeAccounts, 'devices'>;
  readonly #keys: Pick<FakeDeviceKeys, 'storeKeys'>;
  readonly #devices = new Map<string, DehydratedDevice>();

  constructor(accounts: Pick<FakeAccounts, 'devices'>, keys: Pick<FakeDeviceKeys, 'storeKeys'>) {
    this.#accounts = accounts;
    this.#keys = keys;
  }

  async storeDehydratedDevice(device: NewDehydratedDevice): Promise<'stored' | 'device-id-in-use'> {
    const { userId, deviceId, deviceData, displayName } = device;
    const isOwn = this.#devices.get(userId)?.deviceId === deviceId;
    if (!isOwn && this.#accounts.devices.has(`${userId} ${deviceId}`)) return 'device-id-in-use';
    await this.removeDehydratedDevice(userId);
    this.#accounts.devices.set(`${userId} ${deviceId}`, displayName);
    this.#devices.set(userId, { deviceId, deviceData });
    await this.#keys.storeKeys(device);
    return 'stored';
  }

  async findDehydratedDevice(userId: string): Promise<DehydratedDevice | undefined> {
    return this.#devices.get(userId);
  }

  async removeDehydratedDevice(userId: string): Promise<string | undefined> {
    const deviceId = this.#devices.get(userId)?.deviceId;
    if (deviceId !== undefined) this.#accounts.devices.delete(`${userId} ${deviceId}`);
    this.#devices.delete(userId);
    return deviceId;
  }
}
