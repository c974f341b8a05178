import type { CacheCodec } from '@plexus/cache';
import type { DeviceKeyCounts } from '@plexus/storage';

/** How counts are kept in the cache `device_key_counts`. */
export const deviceKeyCountsCodec: CacheCodec<DeviceKeyCounts> = {
  encode: (counts) => Buffer.from(JSON.stringify(counts)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as DeviceKeyCounts,
};

/** The key of a device in the cache `device_key_counts`: who changes the number of its keys names it in `change`. */
export function deviceKeyCountsKey(userId: string, deviceId: string): string {
  return `${userId} ${deviceId}`;
}
