import { describeRedis } from '@plexus/cache-redis';
import type { DescribedRedis } from '@plexus/cache-redis';
import type { PlexusConfig } from '@plexus/service-shell';
import { redisConnectionOf } from './redis-connection.ts';

/** Asks Redis what it says of itself. Throws where it cannot be reached as the services would reach it. */
export function askRedis({ cache }: Pick<PlexusConfig, 'cache'>): Promise<readonly DescribedRedis[]> {
  return describeRedis({ ...redisConnectionOf(cache.redis), keyPrefix: cache.redis.key_prefix });
}
