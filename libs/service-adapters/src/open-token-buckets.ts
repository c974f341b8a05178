import type { TokenBuckets } from '@plexus/cache';
import { MemoryTokenBuckets } from '@plexus/cache-memory';
import { RedisTokenBuckets } from '@plexus/cache-redis';
import { steadyClock } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import { FallBackTokenBuckets } from './fall-back-token-buckets.ts';
import { redisConnectionOf } from './redis-connection.ts';
import { sayRarely } from './say-rarely.ts';

/** The buckets of the rate limits, shared by all processes over Redis where the configuration says so; they end with the shell. */
export function openTokenBuckets(shell: Shell): TokenBuckets {
  const own = new MemoryTokenBuckets(shell.clock);
  if (shell.config.cache.adapter !== 'redis') return own;
  const { redis } = shell.config.cache;
  const shared = new RedisTokenBuckets({ ...redisConnectionOf(redis, shell.logger), keyPrefix: redis.key_prefix });
  const report = sayRarely(steadyClock, (error, unsaid) =>
    shell.logger.warn('Rate limits are counted by this process alone', { err: error, unsaid }),
  );
  const buckets = new FallBackTokenBuckets(shared, own, report);
  shell.shutdown.onStop('token buckets', () => buckets.close());
  return buckets;
}
