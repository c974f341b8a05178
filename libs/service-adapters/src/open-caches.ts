import { FRESHNESS_RULES, PolledGenerations, ProcessCaches } from '@plexus/cache';
import type { CacheGenerations, SharedCacheStore } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { RedisCacheStore } from '@plexus/cache-redis';
import type { RandomSource } from '@plexus/matrix-base';
import { steadyClock } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import type { CacheFactorCopy } from '@plexus/storage';
import { PostgresGenerationRow } from '@plexus/storage-postgres';
import type { GenerationGate, PostgresDatabase, PostgresDroppedCaches } from '@plexus/storage-postgres';
import { CacheSizing } from './cache-sizing.ts';
import { redisConnectionOf } from './redis-connection.ts';
import { cacheLoadTimes, reportCaches, reportSharedLevel } from './report-caches.ts';
import { sayRarely } from './say-rarely.ts';
import { followDeployment } from './sole-generation.ts';
import { TimedCacheStore } from './timed-cache-store.ts';

/** How often entries are looked for that nobody looks up any more. */
const SWEEP_MS = 30_000;
/** How long a service that starts waits for Redis. */
const LONGEST_WAIT_MS = 1_000;

export interface CacheSurroundings {
  readonly accounts: PostgresDatabase;
  /** Knows the deployment's generation. */
  readonly gate: Pick<GenerationGate, 'current'>;
  readonly factors: CacheFactorCopy;
  /** How often it was said that no cache may go on with what it has. */
  readonly dropped: Pick<PostgresDroppedCaches, 'current'>;
}

export interface OpenedCaches {
  readonly caches: ProcessCaches;
  readonly cacheSizing: CacheSizing;
}

/**
 * The caches of this process, over Redis where the configuration says so; they end with the shell. Their sizes follow what an administrator and
 * the configuration file say.
 */
export async function openCaches(shell: Shell, surroundings: CacheSurroundings): Promise<OpenedCaches> {
  const { config, random, logger, registry, shutdown } = shell;
  const { accounts, factors } = surroundings;
  const store = config.cache.adapter === 'redis' ? await openRedis(shell) : new MemoryCacheStore(steadyClock);
  shutdown.onStop('cache store', () => store.close());
  const generations =
    config.cache.adapter === 'redis'
      ? await followGenerations(shell, accounts, store)
      : followDeployment(generationOf(surroundings), store);
  const cacheSizing = new CacheSizing(shell, factors);
  const caches = new ProcessCaches(cacheSizing.factors(), {
    store,
    generations,
    clock: steadyClock,
    nextChangeId: () => tokenOf(random),
    onStoreError: sayRarely(steadyClock, (error, unsaid) =>
      logger.warn('The shared cache failed', { err: error, unsaid }),
    ),
    onLoaded: cacheLoadTimes(registry),
  });
  reportCaches(registry, caches);
  reportSharedLevel(registry, generations);
  followSizing(shell, { caches, cacheSizing }, factors);
  sweepUnused(shell, { caches, cacheSizing });
  return { caches, cacheSizing };
}

function followSizing(
  { configFollower, configGeneration }: Shell,
  { caches, cacheSizing }: OpenedCaches,
  factors: CacheFactorCopy,
): void {
  const report = (): void => configGeneration.report('administrators', factors.current().revision);
  cacheSizing.print();
  report();
  cacheSizing.onChange(() => {
    caches.applyFactors(cacheSizing.factors());
    report();
  });
  configFollower?.onChange((config) => cacheSizing.readAgain(config));
}

function sweepUnused({ clock, shutdown }: Shell, { caches, cacheSizing }: OpenedCaches): void {
  const stopping = new AbortController();
  const sweeping = sweep();
  shutdown.onStop('cache sweeper', () => {
    stopping.abort();
    return sweeping;
  });

  async function sweep(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.delay(SWEEP_MS, stopping.signal);
      const unusedMs = cacheSizing.unusedMs();
      if (unusedMs !== undefined) caches.dropUnused(unusedMs);
    }
  }
}

/** Of a process that has its caches to itself: neither number ever falls, and with each of both the caches begin anew. */
function generationOf({ gate, dropped }: CacheSurroundings): Pick<GenerationGate, 'current'> {
  return { current: () => gate.current() + dropped.current() };
}

/**
 * Without Redis the service starts all the same: losing it costs speed only. It is waited for a moment, because a change that is made before it can be
 * told to Redis closes the shared level for everybody.
 */
async function openRedis({ config, random, logger, registry }: Shell): Promise<SharedCacheStore> {
  const say = sayRarely(steadyClock, (err, unsaid) => logger.warn('The shared cache failed', { err, unsaid }));
  const store = new RedisCacheStore({
    ...redisConnectionOf(config.cache.redis, logger),
    notTouched: (error) => {
      timed.failedBeside('touch');
      say(error);
    },
    keyPrefix: config.cache.redis.key_prefix,
    nextLease: () => tokenOf(random),
  });
  const timed = new TimedCacheStore(store, steadyClock, registry);
  const connected = store
    .connected()
    .catch((error: unknown) => logger.warn('Redis cannot be reached yet', { err: error }));
  await Promise.race([connected, steadyClock.delay(LONGEST_WAIT_MS)]);
  return timed;
}

async function followGenerations(
  { logger, shutdown }: Shell,
  accounts: PostgresDatabase,
  store: SharedCacheStore,
): Promise<CacheGenerations> {
  const generations = new PolledGenerations({
    row: new PostgresGenerationRow(accounts),
    store,
    clock: steadyClock,
    rules: FRESHNESS_RULES,
    onError: (error) => logger.warn('The cache generation cannot be confirmed', { err: error }),
  });
  await generations.start();
  shutdown.onStop('cache generations', () => generations.stop());
  return generations;
}

function tokenOf(random: RandomSource): string {
  return Buffer.from(random.bytes(12)).toString('base64url');
}
