import { CacheStoreError } from '@plexus/cache';
import type { SharedSpace } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { TimedCacheStore } from './timed-cache-store.ts';

let time = 0;
const clock = { now: () => time };

async function openStore(
  registry: Registry,
): Promise<{ inner: MemoryCacheStore; store: TimedCacheStore; space: SharedSpace }> {
  const inner = new MemoryCacheStore(clock);
  const store = new TimedCacheStore(inner, clock, registry);
  return { inner, store, space: { name: 'filters', generation: 1, home: await store.settle(1, undefined) } };
}

async function samples(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

it('shows how long commands take, and that none has failed', async () => {
  const registry = new Registry();
  const { store, space } = await openStore(registry);
  await store.read(space, ['one', 'two']);
  await store.beginChange(space, ['one'], 'change');
  const shown = await samples(registry);
  expect(shown).toContain('plexus_cache_shared_seconds_count{command="read"} 1');
  expect(shown).toContain('plexus_cache_shared_seconds_count{command="begin_change"} 1');
  expect(shown.filter((sample) => sample.startsWith('plexus_cache_shared_failures_total')).toSorted()).toEqual([
    'plexus_cache_shared_failures_total{command="begin_change"} 0',
    'plexus_cache_shared_failures_total{command="end_change"} 0',
    'plexus_cache_shared_failures_total{command="fill"} 0',
    'plexus_cache_shared_failures_total{command="read"} 0',
    'plexus_cache_shared_failures_total{command="tell"} 0',
    'plexus_cache_shared_failures_total{command="touch"} 0',
  ]);
});

it('counts what was found and filled under the names of Synapse', async () => {
  const registry = new Registry();
  const { store, space } = await openStore(registry);
  const [one] = await store.read(space, ['one', 'two']);
  await store.fill(space, [{ key: 'one', value: Buffer.from('1'), lease: one?.lease ?? '' }], {
    capacity: 10,
    timeToLiveMs: undefined,
  });
  await store.read(space, ['one']);
  const shown = (await samples(registry)).filter((sample) => /external_cache_(?:get|set|.*_count)/.test(sample));
  expect(shown.toSorted()).toEqual([
    'synapse_external_cache_get_total{cache_name="filters",hit="False"} 2',
    'synapse_external_cache_get_total{cache_name="filters",hit="True"} 1',
    'synapse_external_cache_response_time_seconds_count{method="get"} 2',
    'synapse_external_cache_response_time_seconds_count{method="set"} 1',
    'synapse_external_cache_set_total{cache_name="filters"} 1',
  ]);
});

it('counts what the store fails at by itself', async () => {
  const registry = new Registry();
  const { store } = await openStore(registry);
  store.failedBeside('touch');
  expect(await samples(registry)).toContain('plexus_cache_shared_failures_total{command="touch"} 1');
});

it('counts what fails, with the time that it took', async () => {
  const registry = new Registry();
  const { inner, store, space } = await openStore(registry);
  inner.read = async () => {
    time += 250;
    throw new CacheStoreError('no answer');
  };
  await expect(store.read(space, ['one'])).rejects.toThrow('no answer');
  const shown = await samples(registry);
  expect(shown).toContain('plexus_cache_shared_failures_total{command="read"} 1');
  expect(shown).toContain('plexus_cache_shared_seconds_bucket{le="0.1",command="read"} 0');
  expect(shown).toContain('plexus_cache_shared_seconds_bucket{le="0.3",command="read"} 1');
});
