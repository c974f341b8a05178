import type { Caches, CacheStats } from '@plexus/cache';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/**
 * Reports every open cache by its name, when it is asked: first under the names that dashboards for Synapse ask for, then what those lack.
 */
export function reportCaches(registry: Registry, caches: Pick<Caches, 'stats'>): void {
  const byName = (name: string, help: string, read: (stats: CacheStats) => number): void =>
    report({ registry, caches, name, help }, (stats) => [[{}, read(stats)]]);
  byName('synapse_util_caches_cache', 'Look-ups, found or not.', ({ hits, misses }) => sum(hits) + misses);
  byName('synapse_util_caches_cache_hits', 'Look-ups that a level of the cache answered.', ({ hits }) => sum(hits));
  byName('synapse_util_caches_cache_size', 'Entries in this process.', ({ size }) => size);
  byName('synapse_util_caches_cache_max_size', 'Capacity: base size × factor.', ({ capacity }) => capacity);
  byName(
    'plexus_cache_factor',
    'The factor in force: the one of the name, else the global one.',
    ({ factor }) => factor,
  );
  byName('plexus_cache_invalidations', 'Keys whose value was changed.', ({ invalidations }) => invalidations);
  report(
    {
      registry,
      caches,
      name: 'synapse_util_caches_cache_evicted_size',
      help: 'Entries that left, by reason.',
      label: 'reason',
    },
    ({ evictions }) => Object.entries(evictions).map(([reason, count]) => [{ reason }, count]),
  );
  report(
    { registry, caches, name: 'plexus_cache_hits', help: 'Look-ups answered, by level.', label: 'tier' },
    ({ hits }) => Object.entries(hits).map(([tier, count]) => [{ tier }, count]),
  );
}

interface Reported {
  readonly registry: Registry;
  readonly caches: Pick<Caches, 'stats'>;
  readonly name: string;
  readonly help: string;
  readonly label?: string;
}

type Value = readonly [labels: Readonly<Record<string, string>>, value: number];

function report(
  { registry, caches, name, help, label }: Reported,
  read: (stats: CacheStats) => readonly Value[],
): void {
  const labelNames = label === undefined ? ['name'] : ['name', label];
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const stats of caches.stats())
        for (const [labels, value] of read(stats)) gauge.set({ name: stats.name, ...labels }, value);
    },
  });
}

function sum({ process, shared }: CacheStats['hits']): number {
  return process + shared;
}
