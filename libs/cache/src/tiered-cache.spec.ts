import { describe, expect, it } from 'vitest';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { ProcessCaches } from './process-caches.ts';
import type { CacheDefinition, CacheStats, NamedCache } from './named-cache.ts';
import { CacheStoreError } from './shared-store.ts';
import type { CacheGenerations, SharedCacheStore } from './shared-store.ts';
import { SOLE_GENERATION } from './sole-generation.ts';

const definition: CacheDefinition<string> = {
  name: 'rooms',
  kind: 'mutable',
  codec: { encode: (text) => Buffer.from(text), decode: (bytes) => Buffer.from(bytes).toString() },
};

const refuse = (): never => {
  throw new Error('this is not encoded');
};

describe('TieredCache', () => {
  it('loads once, then serves from the process', async () => {
    const { open, database } = buildDeployment();
    const cache = open();
    database.set('k', 'value');
    expect(await cache.get('k', database.load('k'))).toBe('value');
    expect(await cache.get('k', database.load('k'))).toBe('value');
    expect(database.loads).toBe(1);
    expect(cache.peek('k')).toBe('value');
  });

  it('asks for no encoding of what stays in the process', async () => {
    const { openCaches, database } = buildDeployment();
    const cache = openCaches().open<string>({
      name: 'rooms',
      kind: 'immutable',
      levels: 'process',
      codec: { encode: refuse, decode: refuse },
    });
    for (let index = 0; index < 500; index += 1) {
      database.set(`k${index}`, 'value');
      expect(await cache.get(`k${index}`, database.load(`k${index}`))).toBe('value');
    }
  });

  it('shares what one process loaded with another', async () => {
    const { open, database } = buildDeployment();
    const [one, other] = [open(), open()];
    database.set('k', 'value');
    await one.get('k', database.load('k'));
    expect(await other.get('k', database.load('k'))).toBe('value');
    expect(database.loads).toBe(1);
  });

  it('asks once for concurrent readers of a key', async () => {
    const { open, database } = buildDeployment();
    const cache = open();
    database.set('k', 'value');
    const reads = [cache.get('k', database.load('k')), cache.get('k', database.load('k'))];
    expect(await Promise.all(reads)).toEqual(['value', 'value']);
    expect(database.loads).toBe(1);
  });

  it('never gives the old value after a change, in the process that changed it and in others', async () => {
    const { open, database } = buildDeployment();
    const [one, other] = [open(), open()];
    database.set('k', 'old');
    await Promise.all([one.get('k', database.load('k')), other.get('k', database.load('k'))]);
    await one.change(['k'], async () => database.set('k', 'new'));
    expect(await one.get('k', database.load('k'))).toBe('new');
    expect(await other.get('k', database.load('k'))).toBe('new');
  });

  it('does not keep what a load read before a change that ended meanwhile', async () => {
    const { open, database } = buildDeployment();
    const [one, other] = [open(), open()];
    database.set('k', 'old');
    const slow = Promise.withResolvers<string>();
    const reading = one.get('k', () => slow.promise);
    await new Promise((resolve) => setImmediate(resolve));
    await other.change(['k'], async () => database.set('k', 'new'));
    slow.resolve('old');
    await reading;
    expect(one.peek('k')).toBeUndefined();
    expect(await one.get('k', database.load('k'))).toBe('new');
  });

  it('serves a mutable value no longer than half a second without asking the shared level', async () => {
    const { open, database, passTime } = buildDeployment();
    const cache = open();
    database.set('k', 'value');
    await cache.get('k', database.load('k'));
    passTime(499);
    expect(cache.peek('k')).toBe('value');
    passTime(1);
    expect(cache.peek('k')).toBeUndefined();
  });

  it('goes on without the shared level, and closes it before a change that it cannot announce', async () => {
    const { open, database, closings } = buildDeployment({ store: failingStore() });
    const cache = open();
    database.set('k', 'old');
    expect(await cache.get('k', database.load('k'))).toBe('old');
    const seen: number[] = [];
    await cache.change(['k'], async () => {
      seen.push(closings());
      database.set('k', 'new');
    });
    expect(seen).toEqual([1]);
    expect(await cache.get('k', database.load('k'))).toBe('new');
  });

  it('closes the shared level again where the commit took longer than it was closed', async () => {
    const { open, database, closings, passTime } = buildDeployment({ store: failingStore() });
    await open().change(['k'], async () => {
      passTime(20_000);
      database.set('k', 'new');
    });
    expect(closings()).toBe(2);
  });

  it('announces a change again where the process stood still before the commit', async () => {
    const store = new MemoryCacheStore({ now: () => 0 });
    const begun: string[] = [];
    store.beginChange = async (_space, _keys, changeId) => {
      if (begun.push(changeId) === 1) passTime(6_000);
    };
    const { open, database, passTime } = buildDeployment({ store });
    await open().change(['k'], async () => database.set('k', 'new'));
    expect(begun).toEqual(['1', '2']);
  });

  it('does not commit where neither the shared level nor the generation can be told', async () => {
    const { open, database } = buildDeployment({
      store: failingStore(),
      close: () => Promise.reject(new Error('down')),
    });
    const change = open().change(['k'], async () => database.set('k', 'new'));
    await expect(change).rejects.toThrow('down');
    expect(database.get('k')).toBeUndefined();
  });

  it('renews the generation where the store is a stranger', async () => {
    const store = new MemoryCacheStore({ now: () => 0 });
    await store.settle(2);
    const { open, database, renewed } = buildDeployment({ store });
    database.set('k', 'value');
    expect(await open().get('k', database.load('k'))).toBe('value');
    expect(renewed()).toEqual([1]);
  });

  it('joins no read that began half a second ago', async () => {
    const { open, database, passTime } = buildDeployment();
    const cache = open();
    const slow = Promise.withResolvers<string>();
    const reading = cache.get('k', () => slow.promise);
    database.set('k', 'new');
    passTime(500);
    expect(await cache.get('k', database.load('k'))).toBe('new');
    slow.resolve('old');
    expect(await reading).toBe('old');
    expect(cache.peek('k')).not.toBe('old');
  });

  it('holds nothing with a factor of 0, and stays correct', async () => {
    const { open, database } = buildDeployment({ factor: 0 });
    const cache = open();
    database.set('k', 'value');
    expect(await cache.get('k', database.load('k'))).toBe('value');
    expect(await cache.get('k', database.load('k'))).toBe('value');
    expect(database.loads).toBe(2);
  });

  it('loads only what is missing of several keys', async () => {
    const { open, database } = buildDeployment();
    const cache = open();
    for (const key of ['a', 'b']) database.set(key, key.toUpperCase());
    await cache.get('a', database.load('a'));
    const asked: string[][] = [];
    const found = await cache.getMany(['a', 'b', 'c'], async (missing) => {
      asked.push(missing);
      return new Map([['b', 'B']]);
    });
    expect(asked).toEqual([['b', 'c']]);
    expect([...found]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
  });

  it('evicts beyond its capacity and counts why', async () => {
    const { openCaches } = buildDeployment({ factor: 2 / 10_000 });
    const caches = openCaches();
    const cache = caches.open(definition);
    for (const key of ['a', 'b', 'c']) await cache.get(key, async () => key);
    caches.applyFactors({ globalFactor: 1 / 10_000, perCacheFactors: {} });
    const [stats] = caches.stats();
    const process = { capacity: 1, size: 1, evictions: { size: 2, time: 0, invalidation: 0 } };
    expect(stats).toMatchObject({ name: 'rooms', process, misses: 3, shared: { size: 2, evictions: { size: 1 } } });
  });

  it('drops what nobody has looked up for long', async () => {
    const { openCaches, passTime } = buildDeployment();
    const caches = openCaches();
    const cache = caches.open({ ...definition, name: 'state_nodes', kind: 'immutable' });
    for (const key of ['a', 'b']) await cache.get(key, async () => key);
    passTime(1_000);
    expect(cache.peek('a')).toBe('a');
    passTime(500);
    caches.dropUnused(1_000);
    expect([cache.peek('a'), cache.peek('b')]).toEqual(['a', undefined]);
    expect(onlyStats(caches).process.evictions).toEqual({ size: 0, time: 1, invalidation: 0 });
  });
});

describe('TieredCache of what somebody follows', () => {
  const followed: CacheDefinition<string> = {
    ...definition,
    name: 'joined_hosts',
    kind: 'followed',
    levels: 'process',
  };

  it('keeps a value until it is to be forgotten', async () => {
    const { openCaches, database, passTime } = buildDeployment();
    const cache = openCaches().open(followed);
    database.set('k', 'first');
    await cache.get('k', database.load('k'));
    database.set('k', 'second');
    passTime(3_600_000);
    expect(cache.peek('k')).toBe('first');
    cache.forget(['k']);
    expect(await cache.get('k', database.load('k'))).toBe('second');
  });

  it('keeps nothing of a read that began before it was to be forgotten', async () => {
    const { openCaches } = buildDeployment();
    const cache = openCaches().open(followed);
    const answers = Promise.withResolvers<string>();
    const reading = cache.get('k', () => answers.promise);
    cache.forget(['k']);
    answers.resolve('old');
    expect(await reading).toBe('old');
    expect(cache.peek('k')).toBeUndefined();
  });

  it('is of one process alone', () => {
    const { openCaches } = buildDeployment();
    expect(() => openCaches().open({ ...followed, levels: 'both' })).toThrow('cannot be shared');
  });
});

describe('TieredCache of values that weigh', () => {
  it('counts a value as so many entries, keeps what fits, and samples nothing', async () => {
    const { openCaches } = buildDeployment({ factor: 4 / 400_000 });
    const caches = openCaches();
    const cache = caches.open<string>({
      ...definition,
      name: 'joined_hosts',
      kind: 'followed',
      levels: 'process',
      weigh: (text) => text.length,
    });
    for (const text of ['a', 'bb', 'cc', 'ddddd']) await cache.get(text, async () => text);
    expect(['a', 'bb', 'cc', 'ddddd'].map((text) => cache.peek(text))).toEqual([undefined, 'bb', 'cc', undefined]);
    const stats = onlyStats(caches);
    expect(stats.process).toMatchObject({ size: 4, capacity: 4, evictions: { size: 1 } });
    expect(stats.sampled.lookups).toBe(0);
  });
});

describe('TieredCache that remembers absence', () => {
  const remembering: CacheDefinition<string> = { ...definition, remembersAbsence: true };

  it('asks once for what there is not, in all processes, until a change brings it', async () => {
    const { openCaches, database } = buildDeployment();
    const [one, other] = [openCaches().open(remembering), openCaches().open(remembering)];
    expect(await one.get('k', database.load('k'))).toBeUndefined();
    expect(await one.get('k', database.load('k'))).toBeUndefined();
    expect(await other.get('k', database.load('k'))).toBeUndefined();
    expect(database.loads).toBe(1);
    expect([one.peek('k'), other.peek('k')]).toEqual([undefined, undefined]);
    await other.change(['k'], async () => database.set('k', 'there'));
    expect(await one.get('k', database.load('k'))).toBe('there');
  });

  it('leaves out what is absent of several keys, and does not load it again', async () => {
    const { openCaches } = buildDeployment();
    const cache = openCaches().open(remembering);
    const asked: string[][] = [];
    const load = async (missing: string[]): Promise<Map<string, string>> => {
      asked.push(missing);
      return new Map([['a', 'A']]);
    };
    expect([...(await cache.getMany(['a', 'b'], load))]).toEqual([['a', 'A']]);
    expect([...(await cache.getMany(['a', 'b'], load))]).toEqual([['a', 'A']]);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('forgets absence with the freshness of a mutable value', async () => {
    const { openCaches, database, passTime } = buildDeployment({ store: failingStore() });
    const cache = openCaches().open(remembering);
    await cache.get('k', database.load('k'));
    passTime(500);
    database.set('k', 'there');
    expect(await cache.get('k', database.load('k'))).toBe('there');
  });

  it('is refused for immutable values, whose coming into being nobody tells of', () => {
    const { openCaches } = buildDeployment();
    expect(() => openCaches().open({ ...remembering, kind: 'immutable' })).toThrow('rooms cannot remember absence');
  });
});

describe('TieredCache whose shared level is in doubt', () => {
  it('loads what another release has written in a form that cannot be read', async () => {
    const { openCaches, database } = buildDeployment();
    database.set('k', 'value');
    await openCaches().open(definition).get('k', database.load('k'));
    const other = openCaches().open({ ...definition, codec: { ...definition.codec, decode: failToDecode } });
    expect(await other.get('k', database.load('k'))).toBe('value');
    expect(database.loads).toBe(2);
  });

  it('lets nothing in after a commit that failed, as it may still take place', async () => {
    const { open, database, passTime } = buildDeployment();
    const [one, other] = [open(), open()];
    database.set('k', 'old');
    await expect(one.change(['k'], () => Promise.reject(new Error('outcome unknown')))).rejects.toThrow('unknown');
    expect(await one.get('k', database.load('k'))).toBe('old');
    database.set('k', 'new');
    expect(await other.get('k', database.load('k'))).toBe('new');
    passTime(500);
    expect(await one.get('k', database.load('k'))).toBe('new');
  });

  it('closes the shared level before it acknowledges a change whose end it cannot tell', async () => {
    const store = new MemoryCacheStore({ now: () => 0 });
    store.endChange = fail;
    const { open, database, closings } = buildDeployment({ store });
    await open().change(['k'], async () => database.set('k', 'new'));
    expect(closings()).toBe(1);
  });

  it('gives the shared level’s memory back where a factor becomes smaller, down to nothing', async () => {
    const { openCaches, database } = buildDeployment();
    const caches = openCaches();
    const cache = caches.open(definition);
    for (const key of ['a', 'b', 'c']) {
      database.set(key, 'value');
      await cache.get(key, database.load(key));
    }
    const shared = (): unknown => onlyStats(caches).shared;
    await expect.poll(shared).toMatchObject({ size: 3 });
    caches.applyFactors({ globalFactor: 2 / 10_000, perCacheFactors: {} });
    await expect.poll(shared).toMatchObject({ size: 2, capacity: 2, evictions: { size: 1 } });
    caches.applyFactors({ globalFactor: 0, perCacheFactors: {} });
    await expect.poll(shared).toMatchObject({ size: 0, capacity: 0, evictions: { size: 3 } });
    caches.applyFactors({ globalFactor: 1, perCacheFactors: {} });
    await cache.get('c', database.load('c'));
    expect(database.loads).toBe(4);
  });

  it('counts a failed command as doubt about the generation', async () => {
    const { open, database, doubts } = buildDeployment({ store: failingStore() });
    await open().get('k', database.load('k'));
    expect(doubts()).toBe(1);
  });
});

function onlyStats(caches: ProcessCaches): CacheStats {
  const [stats] = caches.stats();
  if (stats === undefined) throw new Error('no cache is open');
  return stats;
}

interface Deployment {
  open(): NamedCache<string>;
  openCaches(): ProcessCaches;
  database: Database;
  passTime(ms: number): void;
  /** How often the shared level was closed. */
  closings(): number;
  doubts(): number;
  /** Generations that the store was no home of. */
  renewed(): number[];
}

function buildDeployment(
  options: { store?: SharedCacheStore; factor?: number; close?: () => Promise<number> } = {},
): Deployment {
  let now = 0;
  let closings = 0;
  let doubts = 0;
  let lastChange = 0;
  const renewed: number[] = [];
  const clock = { now: () => now, delay: async () => {} };
  const store = options.store ?? new MemoryCacheStore(clock);
  const close = async (): Promise<number> => {
    closings += 1;
    return now + 15_000;
  };
  const generations: CacheGenerations = {
    ...SOLE_GENERATION,
    doubt: () => void (doubts += 1),
    close: options.close ?? close,
    renew: async (generation) => void renewed.push(generation),
  };
  const openCaches = (): ProcessCaches =>
    new ProcessCaches(
      { globalFactor: options.factor ?? 1, perCacheFactors: {} },
      { store, clock, generations, nextChangeId: () => String(++lastChange), onStoreError: () => {} },
    );
  return {
    open: () => openCaches().open(definition),
    openCaches,
    database: new Database(),
    passTime: (ms) => {
      now += ms;
    },
    closings: () => closings,
    doubts: () => doubts,
    renewed: () => renewed,
  };
}

class Database {
  #rows = new Map<string, string>();
  loads = 0;

  set(key: string, value: string): void {
    this.#rows.set(key, value);
  }

  get(key: string): string | undefined {
    return this.#rows.get(key);
  }

  load(key: string): () => Promise<string | undefined> {
    return async () => {
      this.loads += 1;
      return this.#rows.get(key);
    };
  }
}

function failToDecode(): never {
  throw new SyntaxError('not of this release');
}

function fail(): Promise<never> {
  return Promise.reject(new CacheStoreError('away'));
}

function failingStore(): SharedCacheStore {
  return {
    read: fail,
    fill: fail,
    beginChange: fail,
    endChange: fail,
    tell: fail,
    onInvalidation: () => {},
    settle: fail,
    close: async () => {},
  };
}
