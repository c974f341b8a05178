import { ProcessCaches } from '@plexus/cache';
import type { CacheGenerations, SharedCacheStore } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { RedisCacheStore } from '@plexus/cache-redis';
import type { RandomSource } from '@plexus/matrix-base';
import { StartError } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import { PostgresCacheGenerations } from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import { reportCaches } from './report-caches.ts';

/** The caches of this process, over Redis where the configuration says so; they end with the shell. */
export async function openCaches(shell: Shell, accounts: PostgresDatabase): Promise<ProcessCaches> {
  const { config, clock, random, logger, registry, shutdown } = shell;
  const store = config.cache.adapter === 'redis' ? await openRedis(shell) : new MemoryCacheStore(clock);
  shutdown.onStop('cache store', () => store.close());
  const generations = config.cache.adapter === 'redis' ? await followGenerations(shell, accounts) : soleGeneration;
  const caches = new ProcessCaches(
    { globalFactor: config.caches.global_factor, perCacheFactors: config.caches.per_cache_factors },
    {
      store,
      generations,
      clock,
      nextChangeId: () => tokenOf(random),
      onStoreError: (error) => logger.warn('The shared cache failed', { err: error }),
    },
  );
  reportCaches(registry, caches);
  return caches;
}

/** Nothing is shared with another process, so nothing another process holds can be old. */
const soleGeneration: CacheGenerations = { current: () => 1, raise: async () => {} };

/** Without Redis the service starts all the same: losing it costs speed only. */
async function openRedis({ config, random, logger }: Shell): Promise<SharedCacheStore> {
  const url = config.cache.redis.url;
  if (url === undefined) throw new StartError('cache.redis.url is missing: say where your Redis is');
  const store = new RedisCacheStore({
    url: url.reveal(),
    keyPrefix: config.cache.redis.key_prefix,
    connectTimeoutMs: config.cache.redis.connect_timeout,
    nextLease: () => tokenOf(random),
  });
  store.connected().catch((error: unknown) => logger.warn('Redis cannot be reached yet', { err: error }));
  return store;
}

async function followGenerations(
  { clock, logger, shutdown }: Shell,
  accounts: PostgresDatabase,
): Promise<CacheGenerations> {
  const generations = new PostgresCacheGenerations(accounts, {
    clock,
    onPollError: (error) => logger.warn('The cache generation cannot be confirmed', { err: error }),
  });
  await generations.start();
  shutdown.onStop('cache generations', () => generations.stop());
  return generations;
}

function tokenOf(random: RandomSource): string {
  return Buffer.from(random.bytes(12)).toString('base64url');
}
