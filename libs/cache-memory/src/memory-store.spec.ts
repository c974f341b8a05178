import { sharedCacheContract } from '@plexus/testing';
import { expect, it } from 'vitest';
import { MemoryCacheStore } from './memory-store.ts';

sharedCacheContract('memory', async () => {
  const store = new MemoryCacheStore({ now: () => 0 });
  return { one: store, other: store, close: () => store.close() };
});

const spaceOf = () => ({ name: 'filters', generation: 1, home: 'process' }) as const;

it('keeps no more memory than a value takes, whatever pool the value is a part of', async () => {
  const store = new MemoryCacheStore({ now: () => 0 });
  const [{ lease = '' } = {}] = await store.read(spaceOf(), ['key']);
  const entry = { key: 'key', value: Buffer.from('value'), lease };
  await store.fill(spaceOf(), [entry], { capacity: 1, timeToLiveMs: undefined });
  const [read] = await store.read(spaceOf(), ['key']);
  expect(Buffer.from(read?.value ?? []).toString()).toBe('value');
  expect(read?.value?.buffer.byteLength).toBe(5);
});

it('lets a change that was never ended expire', async () => {
  let now = 0;
  const store = new MemoryCacheStore({ now: () => now });
  await store.beginChange(spaceOf(), ['key'], 'change');
  now = 59_999;
  expect((await store.read(spaceOf(), ['key']))[0]?.lease).toBeUndefined();
  now = 60_000;
  expect((await store.read(spaceOf(), ['key']))[0]?.lease).toBeDefined();
});
