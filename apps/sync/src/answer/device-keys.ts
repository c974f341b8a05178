import type { NamedCache } from '@plexus/cache';
import { deviceKeyCountsKey } from '@plexus/service-shell';
import type { DeviceKeyCountReader, DeviceKeyCounts } from '@plexus/storage';

/** The algorithm of today's one-time keys: clients look for its number even where there is none left. */
const USUAL = 'signed_curve25519';

/** Tells a device how many keys it has left (https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync). */
export class DeviceKeysReader {
  readonly #reader: DeviceKeyCountReader;
  readonly #cache: NamedCache<DeviceKeyCounts>;

  constructor(reader: DeviceKeyCountReader, cache: NamedCache<DeviceKeyCounts>) {
    this.#reader = reader;
    this.#cache = cache;
  }

  /** Members of the response, JSON each. Where the counts are cached, nothing is awaited. */
  read(userId: string, deviceId: string): ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>> {
    const key = deviceKeyCountsKey(userId, deviceId);
    const cached = this.#cache.peek(key);
    if (cached !== undefined) return membersOf(cached);
    return this.#cache.get(key, () => this.#reader.countKeys(userId, deviceId)).then(membersOf);
  }
}

function membersOf(counts: DeviceKeyCounts | undefined): ReadonlyMap<string, string> {
  return new Map([
    ['device_one_time_keys_count', JSON.stringify({ [USUAL]: 0, ...counts?.oneTimeKeys })],
    ['device_unused_fallback_key_types', JSON.stringify(counts?.unusedFallbackKeys ?? [])],
  ]);
}
