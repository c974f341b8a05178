/** A device (https://spec.matrix.org/v1.19/client-server-api/#device-management). */
export interface DeviceRecord {
  readonly userId: string;
  readonly deviceId: string;
  readonly displayName: string | undefined;
  readonly lastSeenIp: string | undefined;
  /** Milliseconds since the epoch. */
  readonly lastSeenAt: number | undefined;
  readonly lastSeenUserAgent: string | undefined;
}

export interface DeviceRepository {
  /** In the order of the devices' ids. */
  listDevices(userId: string): Promise<DeviceRecord[]>;
  findDevice(userId: string, deviceId: string): Promise<DeviceRecord | undefined>;
  /** False where the user has no such device. */
  renameDevice(userId: string, deviceId: string, displayName: string): Promise<boolean>;
}
