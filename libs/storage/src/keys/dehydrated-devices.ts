import type { NewDeviceKeys } from './device-keys.ts';

/** A device that receives keys while its user has no other one (https://github.com/matrix-org/matrix-spec-proposals/pull/3814). */
export interface DehydratedDevice {
  readonly deviceId: string;
  /** JSON that only the user's clients understand. */
  readonly deviceData: string;
}

export interface NewDehydratedDevice extends DehydratedDevice, NewDeviceKeys {
  readonly displayName: string | undefined;
}

export interface DehydratedDeviceRepository {
  /**
   * Puts the device with its keys in place of the one that the user had; the former one's keys go. `device-id-in-use` where another device or a key
   * of cross-signing of the user has this id.
   */
  storeDehydratedDevice(device: NewDehydratedDevice): Promise<'stored' | 'device-id-in-use'>;
  findDehydratedDevice(userId: string): Promise<DehydratedDevice | undefined>;
  /** Removes the device with its keys. Returns its id; nothing where there was none. */
  removeDehydratedDevice(userId: string): Promise<string | undefined>;
}
