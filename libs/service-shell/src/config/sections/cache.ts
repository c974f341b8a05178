import { choice, decimal, duration, group, map, secret, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const cache = group('The shared second level of the caches.', {
  adapter: choice('Memory suits one process; separate services need Redis.', ['memory', 'redis'], {
    default: 'memory',
  }),
  redis: group('Redis 7 or newer, where `adapter` is `redis`.', {
    url: secret('For example `redis://user:password@host:6379/0`; `rediss:` for TLS.'),
    key_prefix: text('Put before every key, to share a Redis between deployments.', { default: 'plexus:' }),
    connect_timeout: duration('How long to try to connect.', { default: '5s' }),
  }),
});

export const caches = group('How large the caches are: base size × factor.', {
  global_factor: decimal('The factor of every cache without one of its own. `PLEXUS_CACHE_FACTOR` has precedence.', {
    default: 0.5,
  }),
  per_cache_factors: map(
    'Factors of single caches by name. `PLEXUS_CACHE_FACTOR_<NAME>` has precedence.',
    decimal('A factor; 0 switches the cache off.'),
  ),
});

export type CacheSettings = Configured<typeof cache>;
export type CachesSettings = Configured<typeof caches>;
