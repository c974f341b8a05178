import { LARGEST_CACHE_FACTOR } from '@plexus/cache';
import { choice, decimal, duration, flag, group, list, map, optional, secret, size, text } from '../setting.ts';
import type { Configured } from '../setting.ts';
import { clientTls } from './client-tls.ts';

const address = { pattern: '^[^:\\s]+:[0-9]{1,5}$|^\\[[0-9A-Fa-f:.]+\\]:[0-9]{1,5}$', form: 'host:port' };

export const cache = group('The shared second level of the caches.', {
  adapter: choice('Memory suits one process; separate services need Redis.', ['memory', 'redis'], {
    default: 'memory',
  }),
  redis: group('Redis 7 or newer, where `adapter` is `redis`: give `url`, `sentinel` or `cluster`.', {
    url: secret('One server, for example `redis://user:password@host:6379/0`; `rediss:` for TLS.'),
    sentinel: optional(
      group('Sentinels say which server is the master.', {
        nodes: list('The Sentinels, as `host:port`.', text('A Sentinel.', address), { minItems: 1 }),
        master_name: text('How they call the master.', { default: 'mymaster' }),
        username: optional(text('Who logs in to the Sentinels.')),
        password: secret('Their password.'),
      }),
    ),
    cluster: optional(
      group('A Redis Cluster. All entries of a name lie on one of its nodes.', {
        nodes: list('Some of its nodes, as `host:port`.', text('A node.', address), { minItems: 1 }),
      }),
    ),
    username: optional(text('Who logs in to Redis, where the URL does not say.')),
    password: secret('The password of Redis, where the URL does not say.'),
    key_prefix: text('Put before every key, to share a Redis between deployments.', { default: 'plexus:' }),
    connect_timeout: duration('How long to try to connect.', { default: '5s' }),
    command_timeout: duration('How long a command may take before the value is loaded instead.', { default: '250ms' }),
    tls: clientTls,
  }),
});

const factors = { maximum: LARGEST_CACHE_FACTOR };

export const caches = group('How large the caches are: base size × factor. Read again when the file changes.', {
  global_factor: optional(
    decimal(
      'The factor of every cache without one of its own, 0.5 by default. `PLEXUS_CACHE_FACTOR` has precedence.',
      factors,
    ),
  ),
  per_cache_factors: map(
    'Factors of single caches by name, ours or Synapse’s. `PLEXUS_CACHE_FACTOR_<NAME>` has precedence.',
    decimal('A factor; 0 switches the cache off.', factors),
  ),
  expire_caches: flag('Whether entries go that nobody has looked up for `cache_entry_ttl`.', { default: true }),
  cache_entry_ttl: optional(duration('How long an entry stays that nobody looks up, 30m by default.')),
  expiry_time: optional(duration('The older name of `cache_entry_ttl`.')),
  sync_response_cache_duration: duration(
    'How long an answer to `/sync` that a client may have lost is served again unchanged. Read at start only; `0s` keeps none.',
    { default: '2m' },
  ),
});

export const eventCacheSize = optional(
  size('Synapse’s setting: the base size of the cache `events`, as a number or as `10K`.'),
);

export type CacheSettings = Configured<typeof cache>;
export type CachesSettings = Configured<typeof caches>;
