import { RedisTokenBuckets } from '@plexus/cache-redis';
import type { PlexusConfig } from '@plexus/service-shell';
import { redisConnectionOf } from './redis-connection.ts';

/** Asks Redis one small thing, as the services do. Throws where it cannot be reached or does not answer. */
export async function askRedis({ cache }: Pick<PlexusConfig, 'cache'>): Promise<void> {
  const { redis } = cache;
  const buckets = new RedisTokenBuckets({ ...redisConnectionOf(redis), keyPrefix: redis.key_prefix });
  try {
    await buckets.use({ key: 'doctor', size: { perSecond: 1, burst: 1 }, mode: 'peek' });
  } finally {
    await buckets.close();
  }
}
