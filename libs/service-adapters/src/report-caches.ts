import { entryMemory, SAMPLED_FACTORS } from '@plexus/cache';
import type { CacheGenerations, Caches, CacheName, CacheStats, Evictions } from '@plexus/cache';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;
type Value = readonly [labels: Labels, value: number];

interface Reported {
  readonly registry: Registry;
  readonly caches: Pick<Caches, 'stats'>;
}

interface Family {
  readonly name: string;
  readonly help: string;
  /** Beside `name`. */
  readonly labels?: readonly string[];
  read(stats: CacheStats): readonly Value[];
}

/** Under the names that dashboards for Synapse ask for; what they count is both levels together. */
const synapseGauges: readonly Family[] = [
  single('synapse_util_caches_cache', 'Look-ups, found or not.', (stats) => hitsOf(stats) + stats.misses),
  single('synapse_util_caches_cache_hits', 'Look-ups that a level of the cache answered.', hitsOf),
  single('synapse_util_caches_cache_size', 'Entries in this process.', ({ process }) => process.size),
  single('synapse_util_caches_cache_max_size', 'Capacity in this process.', ({ process }) => process.capacity),
  {
    name: 'synapse_util_caches_cache_size_bytes',
    help: 'About what the entries take in this process; nothing where they are not encoded.',
    read: ({ process, meanBytes }) =>
      meanBytes === undefined ? [] : [[{}, Math.round(process.size * entryMemory(meanBytes))]],
  },
  {
    name: 'synapse_util_caches_cache_evicted_size',
    help: 'Entries that left this process, by reason.',
    labels: ['reason'],
    read: ({ process }) => byReason(process.evictions),
  },
];

const gauges: readonly Family[] = [
  ...synapseGauges,
  single('plexus_cache_factor', 'The factor in force: the one of the name, else the global one.', (stats) => {
    return stats.factor;
  }),
  byTier('plexus_cache_size', 'Entries, by level; of the shared one as last seen.', ({ size }) => size),
  byTier('plexus_cache_capacity', 'Base size × factor, by level.', ({ capacity }) => capacity),
  {
    name: 'plexus_cache_entry_bytes',
    help: 'What an encoded entry takes with its key, in the mean.',
    read: ({ meanBytes }) => (meanBytes === undefined ? [] : [[{}, meanBytes]]),
  },
  single('plexus_cache_sampled_one_in', 'One key in so many belongs to the sample.', ({ sampled }) => sampled.oneIn),
];

const counters: readonly Family[] = [
  byTier('plexus_cache_hits_total', 'Look-ups answered, by level.', ({ hits }) => hits),
  single('plexus_cache_misses_total', 'Look-ups that no level answered.', ({ misses }) => misses),
  single('plexus_cache_invalidations_total', 'Keys whose value this process changed.', (stats) => stats.invalidations),
  {
    name: 'plexus_cache_evictions_total',
    help: 'Entries that left a level, by reason.',
    labels: ['tier', 'reason'],
    read: ({ process, shared }) => [
      ...byReason(process.evictions).map(([labels, count]): Value => [{ tier: 'process', ...labels }, count]),
      ...byReason(shared?.evictions ?? {}).map(([labels, count]): Value => [{ tier: 'shared', ...labels }, count]),
    ],
  },
  single('plexus_cache_sampled_lookups_total', 'Look-ups of the sampled keys.', ({ sampled }) => sampled.lookups),
  {
    name: 'plexus_cache_sampled_hits_total',
    help: 'Look-ups of the sampled keys that the process would have answered with this factor.',
    labels: ['factor'],
    read: ({ sampled }) => SAMPLED_FACTORS.map((factor): Value => [{ factor: String(factor) }, sampled.hits[factor]]),
  },
];

/** Reports every open cache by its name, when it is asked. */
export function reportCaches(registry: Registry, caches: Pick<Caches, 'stats'>): void {
  for (const family of gauges) reportGauge({ registry, caches }, family);
  for (const family of counters) reportCounter({ registry, caches }, family);
}

/** Shows whether this process uses the shared level now: it does not while nobody may, as after a change that could not be told. */
export function reportSharedLevel(registry: Registry, generations: Pick<CacheGenerations, 'current'>): void {
  const gauge: Gauge = new Gauge({
    name: 'plexus_cache_shared_open',
    help: 'Whether this process reads and fills the shared level of its caches.',
    registers: [registry],
    collect: () => gauge.set(generations.current() === undefined ? 0 : 1),
  });
}

/** Counts how long caches' misses take to load. */
export function cacheLoadTimes(registry: Registry): (name: CacheName, milliseconds: number) => void {
  const seconds = new Histogram({
    name: 'plexus_cache_load_seconds',
    help: 'How long it took to load what no level had, by name.',
    labelNames: ['name'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2],
    registers: [registry],
  });
  return (name, milliseconds) => seconds.observe({ name }, milliseconds / 1000);
}

function single(name: string, help: string, read: (stats: CacheStats) => number): Family {
  return { name, help, read: (stats) => [[{}, read(stats)]] };
}

function byTier(
  name: string,
  help: string,
  read: (level: CacheStats['process' | 'shared'] & object) => number,
): Family {
  return {
    name,
    help,
    labels: ['tier'],
    read: ({ process, shared }) => [
      [{ tier: 'process' }, read(process)],
      ...(shared === undefined ? [] : [[{ tier: 'shared' }, read(shared)] as const]),
    ],
  };
}

function byReason(evictions: Partial<Evictions>): Value[] {
  return Object.entries(evictions).map(([reason, count]) => [{ reason }, count]);
}

function reportGauge({ registry, caches }: Reported, { name, help, labels = [], read }: Family): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: ['name', ...labels],
    registers: [registry],
    collect() {
      for (const stats of caches.stats())
        for (const [values, value] of read(stats)) gauge.set({ name: stats.name, ...values }, value);
    },
  });
}

/** @NOTE The caches count: what they have counted takes the place of what was reported before. */
function reportCounter({ registry, caches }: Reported, { name, help, labels = [], read }: Family): void {
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: ['name', ...labels],
    registers: [registry],
    collect() {
      counter.reset();
      for (const stats of caches.stats())
        for (const [values, value] of read(stats)) counter.inc({ name: stats.name, ...values }, value);
    },
  });
}

function hitsOf({ process, shared }: CacheStats): number {
  return process.hits + (shared?.hits ?? 0);
}
