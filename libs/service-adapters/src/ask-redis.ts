import { RedisTokenBuckets } from '@plexus/cache-redis';
import { StartError } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';

/** Asks Redis one small thing, as the services do. Throws where it cannot be reached or does not answer. */
export async function askRedis({ cache }: Pick<PlexusConfig, 'cache'>): Promise<void> {
  const { url, key_prefix: keyPrefix, connect_timeout: connectTimeoutMs } = cache.redis;
  if (url === undefined) throw new StartError('cache.redis.url is missing: say where your Redis is');
  const buckets = new RedisTokenBuckets({ url: url.reveal(), keyPrefix, connectTimeoutMs });
  try {
    await buckets.use({ key: 'doctor', size: { perSecond: 1, burst: 1 }, mode: 'peek' });
  } finally {
    await buckets.close();
  }
}
