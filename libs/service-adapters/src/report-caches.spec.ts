import type { CacheStats } from '@plexus/cache';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { cacheLoadTimes, reportCaches, reportSharedLevel } from './report-caches.ts';

const stats: CacheStats = {
  name: 'state_nodes',
  factor: 0.5,
  process: { hits: 7, capacity: 500, size: 3, evictions: { size: 4, time: 0, invalidation: 5 } },
  shared: { hits: 2, capacity: 1_000, size: 30, evictions: { size: 1 } },
  misses: 1,
  invalidations: 6,
  meanBytes: 100.5,
  sampled: { oneIn: 4, lookups: 9, hits: { 0.25: 1, 0.5: 2, 1: 3, 2: 4, 4: 5, 8: 6 } },
};

it('shows each cache by its name, with its factor, and by level its hits, its sizes and what left it', async () => {
  const registry = new Registry();
  reportCaches(registry, { stats: () => [stats] });
  // What was counted is reported as it is, however often it is asked for.
  await registry.metrics();
  expect(samplesOf(await registry.metrics())).toEqual([
    'synapse_util_caches_cache{name="state_nodes"} 10',
    'synapse_util_caches_cache_hits{name="state_nodes"} 9',
    'synapse_util_caches_cache_size{name="state_nodes"} 3',
    'synapse_util_caches_cache_max_size{name="state_nodes"} 500',
    'synapse_util_caches_cache_size_bytes{name="state_nodes"} 1353',
    'synapse_util_caches_cache_evicted_size{name="state_nodes",reason="size"} 4',
    'synapse_util_caches_cache_evicted_size{name="state_nodes",reason="time"} 0',
    'synapse_util_caches_cache_evicted_size{name="state_nodes",reason="invalidation"} 5',
    'plexus_cache_factor{name="state_nodes"} 0.5',
    'plexus_cache_size{name="state_nodes",tier="process"} 3',
    'plexus_cache_size{name="state_nodes",tier="shared"} 30',
    'plexus_cache_capacity{name="state_nodes",tier="process"} 500',
    'plexus_cache_capacity{name="state_nodes",tier="shared"} 1000',
    'plexus_cache_entry_bytes{name="state_nodes"} 100.5',
    'plexus_cache_sampled_one_in{name="state_nodes"} 4',
    'plexus_cache_hits_total{name="state_nodes",tier="process"} 7',
    'plexus_cache_hits_total{name="state_nodes",tier="shared"} 2',
    'plexus_cache_misses_total{name="state_nodes"} 1',
    'plexus_cache_invalidations_total{name="state_nodes"} 6',
    'plexus_cache_evictions_total{name="state_nodes",tier="process",reason="size"} 4',
    'plexus_cache_evictions_total{name="state_nodes",tier="process",reason="time"} 0',
    'plexus_cache_evictions_total{name="state_nodes",tier="process",reason="invalidation"} 5',
    'plexus_cache_evictions_total{name="state_nodes",tier="shared",reason="size"} 1',
    'plexus_cache_sampled_lookups_total{name="state_nodes"} 9',
    'plexus_cache_sampled_hits_total{name="state_nodes",factor="0.25"} 1',
    'plexus_cache_sampled_hits_total{name="state_nodes",factor="0.5"} 2',
    'plexus_cache_sampled_hits_total{name="state_nodes",factor="1"} 3',
    'plexus_cache_sampled_hits_total{name="state_nodes",factor="2"} 4',
    'plexus_cache_sampled_hits_total{name="state_nodes",factor="4"} 5',
    'plexus_cache_sampled_hits_total{name="state_nodes",factor="8"} 6',
  ]);
});

it('shows no shared level where the cache has none', async () => {
  const registry = new Registry();
  reportCaches(registry, { stats: () => [{ ...stats, shared: undefined }] });
  const samples = samplesOf(await registry.metrics());
  expect(samples).toContain('plexus_cache_hits_total{name="state_nodes",tier="process"} 7');
  expect(samples.filter((sample) => sample.includes('shared'))).toEqual([]);
});

it('shows whether the shared level is in use', async () => {
  const registry = new Registry();
  let home: { generation: number; home: string } | undefined = { generation: 1, home: 'here' };
  reportSharedLevel(registry, { current: () => home });
  expect(samplesOf(await registry.metrics())).toEqual(['plexus_cache_shared_open 1']);
  home = undefined;
  expect(samplesOf(await registry.metrics())).toEqual(['plexus_cache_shared_open 0']);
});

it('counts how long misses took to load', async () => {
  const registry = new Registry();
  const loaded = cacheLoadTimes(registry);
  loaded('state_nodes', 3);
  loaded('state_nodes', 700);
  const samples = samplesOf(await registry.metrics());
  expect(samples).toContain('plexus_cache_load_seconds_bucket{le="0.005",name="state_nodes"} 1');
  expect(samples).toContain('plexus_cache_load_seconds_sum{name="state_nodes"} 0.703');
});

function samplesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
