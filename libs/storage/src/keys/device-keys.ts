/** A device's identity keys (https://spec.matrix.org/v1.19/client-server-api/#device-keys). */
export interface DeviceKeysRecord {
  readonly userId: string;
  readonly deviceId: string;
  /** Canonical JSON as the device uploaded it. */
  readonly keys: string;
  readonly displayName: string | undefined;
}

/** A one-time or fallback key (https://spec.matrix.org/v1.19/client-server-api/#one-time-and-fallback-keys). */
export interface OneTimeKey {
  readonly algorithm: string;
  readonly keyId: string;
  /** Canonical JSON. */
  readonly key: string;
}

export interface NewDeviceKeys {
  readonly userId: string;
  readonly deviceId: string;
  /** Canonical JSON; nothing: they stay as they are. */
  readonly deviceKeys: string | undefined;
  readonly oneTimeKeys: readonly OneTimeKey[];
  /** At most one of each algorithm. */
  readonly fallbackKeys: readonly OneTimeKey[];
}

/** So many unclaimed one-time keys and fallback keys a device may have together. */
export const MAX_KEYS_OF_DEVICE = 1_000;

export type KeyUploadOutcome =
  | { readonly outcome: 'stored'; readonly changesDeviceList: boolean; readonly counts: DeviceKeyCounts }
  /** The device has been removed. */
  | { readonly outcome: 'no-device' }
  /** Another key lies under this id, and nothing was stored. */
  | { readonly outcome: 'other-key'; readonly algorithm: string; readonly keyId: string }
  /** There would be more than `MAX_KEYS_OF_DEVICE`, and nothing was stored. */
  | { readonly outcome: 'too-many' };

/** What a device is told of its keys (https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync). */
export interface DeviceKeyCounts {
  /** Unclaimed one-time keys by algorithm. */
  readonly oneTimeKeys: Readonly<Record<string, number>>;
  /** Algorithms, sorted. */
  readonly unusedFallbackKeys: readonly string[];
}

export interface DeviceKeyCountReader {
  countKeys(userId: string, deviceId: string): Promise<DeviceKeyCounts>;
}

/** Which devices of a user are asked for; without ids all of them. */
export interface DeviceQuery {
  readonly userId: string;
  readonly deviceIds: readonly string[];
}

export interface KeyClaim {
  readonly userId: string;
  readonly deviceId: string;
  readonly algorithm: string;
}

export interface ClaimedKey extends OneTimeKey {
  readonly userId: string;
  readonly deviceId: string;
}

/** Keys of devices. They go with the device, whoever removes it. */
export interface DeviceKeyRepository extends DeviceKeyCountReader {
  /**
   * Stores all or nothing. A one-time key that is there already, or was claimed lately, stays as it is; another key in place of one that is
   * there is refused.
   */
  storeKeys(keys: NewDeviceKeys): Promise<KeyUploadOutcome>;
  /** Devices without keys are left out. */
  findDeviceKeys(queries: readonly DeviceQuery[]): Promise<DeviceKeysRecord[]>;
  /**
   * Takes one key for each claim: the one-time key that was uploaded first, and never again; else the fallback key, which stays. Claims without
   * either are left out. At most one claim for a device and algorithm.
   */
  claimKeys(claims: readonly KeyClaim[]): Promise<ClaimedKey[]>;
}
