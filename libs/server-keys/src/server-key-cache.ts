import type { CacheCodec } from '@plexus/cache';
import type { StoredServerKey } from '@plexus/storage';

/** How keys are kept in the cache `server_keys`. */
export const storedServerKeyCodec: CacheCodec<StoredServerKey> = {
  encode: (key) => Buffer.from(JSON.stringify(key)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredServerKey,
};

/** The key of a server's key in the cache `server_keys`: who stores it names it in `change`. */
export function serverKeyCacheKey(serverName: string, keyId: string): string {
  return `${serverName} ${keyId}`;
}
