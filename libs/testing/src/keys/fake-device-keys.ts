import { MAX_KEYS_OF_DEVICE } from '@plexus/storage';
import type {
  ClaimedKey,
  DeviceKeyCounts,
  DeviceKeyRepository,
  DeviceKeysRecord,
  DeviceQuery,
  KeyClaim,
  KeyUploadOutcome,
  NewDeviceKeys,
  OneTimeKey,
} from '@plexus/storage';
import type { FakeAccounts } from '../accounts/fake-accounts.ts';

interface DeviceState {
  readonly userId: string;
  readonly deviceId: string;
  keys: string | undefined;
  oneTimeKeys: OneTimeKey[];
  claimed: OneTimeKey[];
  readonly fallbackKeys: Map<string, { readonly key: OneTimeKey; isUsed: boolean }>;
}

/** Keys of devices in memory. Those of devices that are gone are left out. */
export class FakeDeviceKeys implements DeviceKeyRepository {
  readonly #accounts: Pick<FakeAccounts, 'devices'>;
  readonly #devices = new Map<string, DeviceState>();

  constructor(accounts: Pick<FakeAccounts, 'devices'>) {
    this.#accounts = accounts;
  }

  async storeKeys(keys: NewDeviceKeys): Promise<KeyUploadOutcome> {
    const { userId, deviceId, deviceKeys } = keys;
    if (!this.#accounts.devices.has(`${userId} ${deviceId}`)) return { outcome: 'no-device' };
    const device = this.#deviceOf(userId, deviceId);
    const other = keys.oneTimeKeys.find((key) =>
      device.oneTimeKeys.some((has) => isSameId(has, key) && has.key !== key.key),
    );
    if (other !== undefined) return { outcome: 'other-key', algorithm: other.algorithm, keyId: other.keyId };
    if (countWith(device, keys) > MAX_KEYS_OF_DEVICE) return { outcome: 'too-many' };
    for (const key of keys.oneTimeKeys) addOneTimeKey(device, key);
    for (const key of keys.fallbackKeys) {
      const known = device.fallbackKeys.get(key.algorithm)?.key;
      if (known?.key !== key.key || known.keyId !== key.keyId)
        device.fallbackKeys.set(key.algorithm, { key, isUsed: false });
    }
    const changesDeviceList = deviceKeys !== undefined && deviceKeys !== device.keys;
    device.keys = deviceKeys ?? device.keys;
    return { outcome: 'stored', changesDeviceList, counts: await this.countKeys(userId, deviceId) };
  }

  async findDeviceKeys(queries: readonly DeviceQuery[]): Promise<DeviceKeysRecord[]> {
    return [...this.#devices.values()].flatMap(({ userId, deviceId, keys }) => {
      const isAsked = queries.some(
        (query) => query.userId === userId && (query.deviceIds.length === 0 || query.deviceIds.includes(deviceId)),
      );
      const name = `${userId} ${deviceId}`;
      if (!isAsked || keys === undefined || !this.#accounts.devices.has(name)) return [];
      return [{ userId, deviceId, keys, displayName: this.#accounts.devices.get(name) }];
    });
  }

  async claimKeys(claims: readonly KeyClaim[]): Promise<ClaimedKey[]> {
    return claims.flatMap((claim) => {
      const device = this.#deviceOf(claim.userId, claim.deviceId);
      const key = takeKey(device, claim.algorithm);
      return key === undefined ? [] : [{ userId: claim.userId, deviceId: claim.deviceId, ...key }];
    });
  }

  async countKeys(userId: string, deviceId: string): Promise<DeviceKeyCounts> {
    const { oneTimeKeys, fallbackKeys } = this.#deviceOf(userId, deviceId);
    const byAlgorithm = Map.groupBy(oneTimeKeys, ({ algorithm }) => algorithm);
    const unused = [...fallbackKeys].filter(([, { isUsed }]) => !isUsed);
    return {
      oneTimeKeys: Object.fromEntries([...byAlgorithm].map(([algorithm, keys]) => [algorithm, keys.length])),
      unusedFallbackKeys: unused.map(([algorithm]) => algorithm).sort(),
    };
  }

  #deviceOf(userId: string, deviceId: string): DeviceState {
    const name = `${userId} ${deviceId}`;
    const known = this.#devices.get(name);
    if (known !== undefined) return known;
    const made = { userId, deviceId, keys: undefined, oneTimeKeys: [], claimed: [], fallbackKeys: new Map() };
    this.#devices.set(name, made);
    return made;
  }
}

function addOneTimeKey(device: DeviceState, key: OneTimeKey): void {
  const isKnown = [...device.oneTimeKeys, ...device.claimed].some((has) => isSameId(has, key) && has.key === key.key);
  if (!isKnown) device.oneTimeKeys.push(key);
}

function takeKey(device: DeviceState, algorithm: string): OneTimeKey | undefined {
  const key = device.oneTimeKeys.find((candidate) => candidate.algorithm === algorithm);
  if (key !== undefined) {
    device.oneTimeKeys = device.oneTimeKeys.filter((other) => other !== key);
    device.claimed.push(key);
    return key;
  }
  const fallback = device.fallbackKeys.get(algorithm);
  if (fallback !== undefined) fallback.isUsed = true;
  return fallback?.key;
}

function isSameId(some: OneTimeKey, other: OneTimeKey): boolean {
  return some.algorithm === other.algorithm && some.keyId === other.keyId;
}

/** The device's keys, with those that would be new. */
function countWith(device: DeviceState, { oneTimeKeys, fallbackKeys }: NewDeviceKeys): number {
  const added = oneTimeKeys.filter((key) => !device.oneTimeKeys.some((has) => isSameId(has, key)));
  const algorithms = new Set([...device.fallbackKeys.keys(), ...fallbackKeys.map(({ algorithm }) => algorithm)]);
  return device.oneTimeKeys.length + added.length + algorithms.size;
}
