import { CacheStrangerError } from '@plexus/cache';
import type { CacheName, CacheStoreError, SharedSpace } from '@plexus/cache';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ask, startRedisCluster, startWatchedRedis } from '../../../tests/support/servers/redis-groups.ts';
import type { RedisClusterGroup, WatchedRedis } from '../../../tests/support/servers/redis-groups.ts';
import { TcpProxy } from '../../../tests/support/tcp-proxy.ts';
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

async function openStore(
  place: RedisPlace,
  notHeard: (error: CacheStoreError) => void = () => {},
): Promise<RedisCacheStore> {
  let leases = 0;
  const nextLease = (): string => `lease${++leases}`;
  const store = new RedisCacheStore({ place, nextLease, connectTimeoutMs: 5_000, notHeard });
  cleanUps.push(() => store.close());
  await store.connected();
  return store;
}

/** The generation that has settled last, and what its home is called. */
let generation = 0;
let home = '';

async function settle(store: RedisCacheStore): Promise<void> {
  home = await store.settle(++generation, undefined);
}

async function put(store: RedisCacheStore, name: CacheName, text: string): Promise<void> {
  const [read] = await store.read(spaceOf(name), ['k']);
  const entry = { key: 'k', value: Buffer.from(text), lease: read?.lease ?? 'none' };
  await store.fill(spaceOf(name), [entry], limits);
}

function spaceOf(name: CacheName): SharedSpace {
  return { name, generation, home };
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
    const [one, other] = [await openStore(place), await openStore(place)];
    await settle(one);
    for (const name of NAMES) await put(one, name, name);
    for (const name of NAMES) expect(await valueOf(other, name)).toBe(name);
    const heard: string[] = [];
    other.onInvalidation((name, keys) => heard.push(`${name}:${keys.join()}`));
    for (const name of NAMES) await one.beginChange(spaceOf(name), ['k'], 'change');
    await vi.waitFor(() => expect(heard.sort()).toEqual(NAMES.map((name) => `${name}:k`).sort()), 5_000);
    for (const name of NAMES) expect(await valueOf(other, name)).toBeUndefined();
    for (const name of NAMES) await one.endChange(spaceOf(name), ['k'], 'change');
    const buckets = new RedisTokenBuckets({ place });
    cleanUps.push(() => buckets.close());
    await buckets.connected();
    const uses = ['a', 'b', 'c', 'a'].map((key) => ({ key, size: { perSecond: 1, burst: 1 }, mode: 'take' as const }));
    const waits: number[] = [];
    for (const use of uses) waits.push(await buckets.use(use));
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, true]);
  });

  it('tells that a replica which took over a master’s slots is a stranger, before anything is read there', async () => {
    const store = await openStore({ kind: 'cluster', nodes: group.nodes });
    await settle(store);
    for (const name of NAMES) await put(store, name, 'old');
    await ask(group.replica.port, ['CLUSTER', 'FAILOVER', 'TAKEOVER']);
    await vi.waitFor(() => becomesStranger(store, NAMES), PATIENCE);
    await vi.waitFor(() => settle(store), PATIENCE);
    await put(store, 'rooms', 'new');
    expect(await valueOf(store, 'rooms')).toBe('new');
  });
});

describe('Redis behind Sentinels', () => {
  let group: WatchedRedis;
  beforeAll(async () => {
    group = await startWatchedRedis();
    return () => group.dispose();
  });

  it('tells that the master whom the Sentinels have chosen is a stranger, and settles and writes there', async () => {
    const store = await openStore({ kind: 'sentinel', sentinels: group.sentinels, masterName: 'main' });
    await settle(store);
    await put(store, 'rooms', 'old');
    // The former master goes on answering, to whoever does not ask the Sentinels.
    const [sentinel] = group.sentinels;
    await ask(sentinel?.port ?? 0, ['SENTINEL', 'FAILOVER', 'main']);
    await vi.waitFor(() => becomesStranger(store, ['rooms']), PATIENCE);
    await vi.waitFor(() => settle(store), PATIENCE);
    await store.beginChange(spaceOf('rooms'), ['k'], 'change');
    expect(await valueOf(store, 'rooms')).toBeUndefined();
  });

  it('are told of where they do not let their login listen, and are listened to as soon as they may be', async () => {
    const sentinelLogin = { username: 'deaf', password: 'secret' };
    const allow = async (right: string): Promise<void> => {
      for (const { port } of group.sentinels)
        await ask(port, ['ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '&*', '+@all', right]);
    };
    await allow('-subscribe');
    const refused = new Set<string>();
    await openStore({ kind: 'sentinel', sentinels: group.sentinels, masterName: 'main', sentinelLogin }, (error) => {
      refused.add(error.message);
      expect(error.cause).toMatchObject({ message: expect.stringContaining('NOPERM') });
    });
    const all = group.sentinels.map((one) => `the Sentinel ${one.host}:${one.port} does not let itself be listened to`);
    await vi.waitFor(() => expect(refused).toEqual(new Set(all)), PATIENCE);
    await allow('+subscribe');
    for (const { port } of group.sentinels) await vi.waitFor(() => isListenedToBy(port, 'deaf'), PATIENCE);
  });

  it('leave no failure behind that nobody hears where one breaks off just as it is listened to again', async () => {
    const [sentinel, ...others] = group.sentinels;
    if (sentinel === undefined) throw new Error('there is no Sentinel');
    const proxy = await TcpProxy.open(sentinel);
    cleanUps.push(() => proxy.close());
    const unheard = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unheard);
    onTestFinished(() => void process.off('unhandledRejection', unheard));
    const sentinels = [{ host: '127.0.0.1', port: proxy.port }, ...others];
    const store = await openStore({ kind: 'sentinel', sentinels, masterName: 'main' });
    await vi.waitFor(async () => expect(await ask(sentinel.port, ['CLIENT', 'LIST'])).toContain('sub=1'), PATIENCE);
    const broken = proxy.breakAt('question', 'switch-master');
    proxy.cut();
    await broken;
    await store.close();
    const listening = async (): Promise<string> => ask(sentinel.port, ['CLIENT', 'LIST']);
    await vi.waitFor(async () => expect(await listening()).not.toContain('sub=1'), PATIENCE);
    // Failures that nobody hears are told of after what is due now.
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(unheard).not.toHaveBeenCalled();
  });
});

async function isListenedToBy(sentinel: number, username: string): Promise<void> {
  const clients = (await ask(sentinel, ['CLIENT', 'LIST'])).split('\n');
  expect(clients.filter((line) => line.includes(`user=${username} `) && line.includes(' sub=1 '))).not.toEqual([]);
}

/** One of the names leads to a Redis that is not the generation's home; what cannot be reached is tried again. */
async function becomesStranger(store: RedisCacheStore, names: readonly CacheName[]): Promise<void> {
  const answers = await Promise.allSettled(names.map((name) => valueOf(store, name)));
  const errors: unknown[] = answers.map((answer) => (answer.status === 'rejected' ? answer.reason : undefined));
  expect(errors.some((error) => error instanceof CacheStrangerError)).toBe(true);
}
