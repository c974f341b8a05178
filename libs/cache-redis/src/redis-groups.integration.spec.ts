import type { CacheName, SharedSpace } from '@plexus/cache';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, startRedisCluster, startWatchedRedis } from '../../../tests/support/servers/redis-groups.ts';
import type { RedisClusterGroup, WatchedRedis } from '../../../tests/support/servers/redis-groups.ts';
import type { RedisPlace } from './redis-place.ts';
import { RedisCacheStore } from './redis-store.ts';
import { RedisTokenBuckets } from './redis-token-buckets.ts';

const NAMES = ['rooms', 'filters', 'events', 'push_rules', 'server_keys', 'state_nodes'] as const;
const limits = { capacity: 100, timeToLiveMs: undefined };
const PATIENCE = { timeout: 20_000, interval: 50 };
const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A store, and how often it was in doubt. */
async function openStore(place: RedisPlace): Promise<{ store: RedisCacheStore; doubts(): number }> {
  let leases = 0;
  let doubts = 0;
  const store = new RedisCacheStore({ place, nextLease: () => String(++leases), connectTimeoutMs: 5_000 });
  store.onDoubt(() => (doubts += 1));
  cleanUps.push(() => store.close());
  await store.connected();
  return { store, doubts: () => doubts };
}

async function put(store: RedisCacheStore, name: CacheName, text: string): Promise<void> {
  const [read] = await store.read(spaceOf(name), ['k']);
  const entry = { key: 'k', value: Buffer.from(text), lease: read?.lease ?? 'none' };
  await store.fill(spaceOf(name), [entry], limits);
}

function spaceOf(name: CacheName): SharedSpace {
  return { name, generation: 1 };
}

async function valueOf(store: RedisCacheStore, name: CacheName): Promise<string | undefined> {
  const [read] = await store.read(spaceOf(name), ['k']);
  return read?.value && Buffer.from(read.value).toString();
}

describe('Redis Cluster', () => {
  let group: RedisClusterGroup;
  beforeAll(async () => {
    group = await startRedisCluster();
    return () => group.dispose();
  });

  it('keeps every name on one node, tells of changes everywhere, and counts buckets', async () => {
    const place = { kind: 'cluster', nodes: group.nodes } as const;
    const [{ store: one }, { store: other }] = [await openStore(place), await openStore(place)];
    for (const name of NAMES) await put(one, name, name);
    for (const name of NAMES) expect(await valueOf(other, name)).toBe(name);
    const heard: string[] = [];
    other.onInvalidation((name, keys) => heard.push(`${name}:${keys.join()}`));
    for (const name of NAMES) await one.beginChange(name, ['k'], 'change');
    await vi.waitFor(() => expect(heard.sort()).toEqual(NAMES.map((name) => `${name}:k`).sort()), 5_000);
    for (const name of NAMES) expect(await valueOf(other, name)).toBeUndefined();
    for (const name of NAMES) await one.endChange(name, ['k'], 'change');
    const buckets = new RedisTokenBuckets({ place });
    cleanUps.push(() => buckets.close());
    await buckets.connected();
    const uses = ['a', 'b', 'c', 'a'].map((key) => ({ key, size: { perSecond: 1, burst: 1 }, mode: 'take' as const }));
    const waits: number[] = [];
    for (const use of uses) waits.push(await buckets.use(use));
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, true]);
  });

  it('raises doubt when a replica takes over a master’s slots, before anything is read there', async () => {
    const { store, doubts } = await openStore({ kind: 'cluster', nodes: group.nodes });
    for (const name of NAMES) await put(store, name, 'old');
    const before = doubts();
    await ask(group.replica.port, ['CLUSTER', 'FAILOVER', 'TAKEOVER']);
    // Slots that have moved answer nothing until the client has learnt where they are, which it tells of as doubt.
    await vi.waitFor(() => expect(doubts()).toBeGreaterThan(before), PATIENCE);
    const values = (): Promise<unknown> => Promise.all(NAMES.map((name) => valueOf(store, name)));
    await vi.waitFor(async () => expect(await values()).toEqual(NAMES.map(() => 'old')), PATIENCE);
  });
});

describe('Redis behind Sentinels', () => {
  let group: WatchedRedis;
  beforeAll(async () => {
    group = await startWatchedRedis();
    return () => group.dispose();
  });

  it('raises doubt when the Sentinels have chosen another master, and writes there', async () => {
    const { store, doubts } = await openStore({ kind: 'sentinel', sentinels: group.sentinels, masterName: 'main' });
    await put(store, 'rooms', 'old');
    // The former master goes on answering, to whoever does not ask the Sentinels.
    const [sentinel] = group.sentinels;
    await ask(sentinel?.port ?? 0, ['SENTINEL', 'FAILOVER', 'main']);
    await vi.waitFor(() => expect(doubts()).toBeGreaterThan(0), PATIENCE);
    await vi.waitFor(async () => expect(await valueOf(store, 'rooms')).toBe('old'), PATIENCE);
    await store.beginChange('rooms', ['k'], 'change');
    expect(await valueOf(store, 'rooms')).toBeUndefined();
  });
});
