import type { JsonObject } from '@plexus/matrix-base';
import type { DeviceKeyRepository } from '@plexus/storage';

/** Counts of one-time keys and unused fallback keys, by user and device (MSC3202). */
export interface KeyCounts {
  readonly oneTimeKeys: JsonObject;
  readonly unusedFallbackKeys: JsonObject;
}

/** The algorithm of today's one-time keys: its number is told even where there is none left. */
const USUAL = 'signed_curve25519';

/** What users of an application service have left of keys that others claim: it makes new ones in their stead. */
export class CountKeys {
  readonly #keys: Pick<DeviceKeyRepository, 'findDeviceKeys' | 'countKeys'>;

  constructor(keys: Pick<DeviceKeyRepository, 'findDeviceKeys' | 'countKeys'>) {
    this.#keys = keys;
  }

  /** Of the devices of these users that have keys. */
  async count(userIds: readonly string[]): Promise<KeyCounts> {
    const oneTimeKeys: Record<string, Record<string, JsonObject>> = {};
    const unusedFallbackKeys: Record<string, Record<string, string[]>> = {};
    const devices = await this.#keys.findDeviceKeys(userIds.map((userId) => ({ userId, deviceIds: [] })));
    for (const { userId, deviceId } of devices) {
      const counts = await this.#keys.countKeys(userId, deviceId);
      (oneTimeKeys[userId] ??= {})[deviceId] = { [USUAL]: 0, ...counts.oneTimeKeys };
      (unusedFallbackKeys[userId] ??= {})[deviceId] = [...counts.unusedFallbackKeys];
    }
    return { oneTimeKeys, unusedFallbackKeys };
  }
}
