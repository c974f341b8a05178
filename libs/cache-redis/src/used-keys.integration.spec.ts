import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { SharedSpace } from '@plexus/cache';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RedisCacheStore } from './redis-store.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';
const keyPrefix = `${randomUUID()}:`;
const limits = { capacity: 3, timeToLiveMs: undefined };

let operator: Redis;
let store: RedisCacheStore;
let space: SharedSpace;
beforeAll(async () => {
  operator = new Redis(url);
  store = new RedisCacheStore({ place: { kind: 'single', url }, keyPrefix, nextLease: randomUUID });
  await store.connected();
  space = { name: 'rooms', generation: 1, home: await store.settle(1, undefined) };
});
afterAll(async () => {
  await store.close();
  operator.disconnect();
});

async function fill(key: string): Promise<void> {
  const [read] = await store.read(space, [key]);
  await store.fill(space, [{ key, value: Buffer.from(key), lease: read?.lease ?? '' }], limits);
}

function indexOf(name: string): string {
  return `${keyPrefix}{${name}}:index`;
}

/** From the one that goes first. */
function order(): Promise<string[]> {
  return operator.zrange(indexOf('rooms'), '0', '-1');
}

it('lets those of a name go first that were used least recently', async () => {
  for (const key of ['a', 'b', 'c']) await fill(key);
  expect(await order()).toEqual(['a', 'b', 'c']);
  await store.read(space, ['a']);
  await vi.waitFor(async () => expect(await order()).toEqual(['b', 'c', 'a']), { timeout: 10_000, interval: 50 });
  await fill('d');
  const held = await store.read(space, ['a', 'b', 'c', 'd']);
  expect(held.map(({ value }) => value !== undefined)).toEqual([true, false, true, true]);
});

it('brings nothing back that a change has removed meanwhile', async () => {
  space = { ...space, name: 'filters' };
  for (const key of ['e', 'f']) await fill(key);
  const filledAt = Number(await operator.zscore(indexOf('filters'), 'f'));
  await store.read(space, ['e', 'f']);
  await store.beginChange(space, ['e'], 'change');
  await vi.waitFor(
    async () => expect(Number(await operator.zscore(indexOf('filters'), 'f'))).toBeGreaterThan(filledAt),
    { timeout: 10_000, interval: 50 },
  );
  expect(await operator.zscore(indexOf('filters'), 'e')).toBeNull();
});
