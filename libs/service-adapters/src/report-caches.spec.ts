import type { CacheStats } from '@plexus/cache';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { reportCaches } from './report-caches.ts';

it('shows each cache by its name, with its factor, its hits and what left it', async () => {
  const registry = new Registry();
  const stats: CacheStats = {
    name: 'state_nodes',
    factor: 0.5,
    capacity: 500,
    size: 3,
    hits: { process: 7, shared: 2 },
    misses: 1,
    evictions: { size: 4, time: 0, invalidation: 5 },
    invalidations: 6,
  };
  reportCaches(registry, { stats: () => [stats] });
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    'synapse_util_caches_cache{name="state_nodes"} 10',
    'synapse_util_caches_cache_hits{name="state_nodes"} 9',
    'synapse_util_caches_cache_size{name="state_nodes"} 3',
    'synapse_util_caches_cache_max_size{name="state_nodes"} 500',
    'plexus_cache_factor{name="state_nodes"} 0.5',
    'plexus_cache_invalidations{name="state_nodes"} 6',
    'synapse_util_caches_cache_evicted_size{name="state_nodes",reason="size"} 4',
    'synapse_util_caches_cache_evicted_size{name="state_nodes",reason="time"} 0',
    'synapse_util_caches_cache_evicted_size{name="state_nodes",reason="invalidation"} 5',
    'plexus_cache_hits{name="state_nodes",tier="process"} 7',
    'plexus_cache_hits{name="state_nodes",tier="shared"} 2',
  ]);
});
