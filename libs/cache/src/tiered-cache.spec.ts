import { describe, expect, it } from 'vitest';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { ProcessCaches } from './process-caches.ts';
import type { CacheDefinition, NamedCache } from './named-cache.ts';
import { CacheStoreError } from './shared-store.ts';
import type { SharedCacheStore } from './shared-store.ts';

const definition: CacheDefinition<string> = {
  name: 'rooms',
  kind: 'mutable',
  codec: { encode: (text) => Buffer.from(text), decode: (bytes) => Buffer.from(bytes).toString() },
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

  it('goes on without the shared level, and raises the generation before a change that it cannot announce', async () => {
    const { open, database, generation } = buildDeployment({ store: failingStore() });
    const cache = open();
    database.set('k', 'old');
    expect(await cache.get('k', database.load('k'))).toBe('old');
    const seen: number[] = [];
    await cache.change(['k'], async () => {
      seen.push(generation());
      database.set('k', 'new');
    });
    expect(seen).toEqual([2]);
    expect(await cache.get('k', database.load('k'))).toBe('new');
  });

  it('does not commit where neither the shared level nor the generation can be told', async () => {
    const { open, database } = buildDeployment({
      store: failingStore(),
      raise: () => Promise.reject(new Error('down')),
    });
    const change = open().change(['k'], async () => database.set('k', 'new'));
    await expect(change).rejects.toThrow('down');
    expect(database.get('k')).toBeUndefined();
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
    expect(caches.stats()).toMatchObject([
      { name: 'rooms', capacity: 1, size: 1, misses: 3, evictions: { size: 2, time: 0, invalidation: 0 } },
    ]);
  });
});

interface Deployment {
  open(): NamedCache<string>;
  openCaches(): ProcessCaches;
  database: Database;
  passTime(ms: number): void;
  generation(): number;
}

function buildDeployment(
  options: { store?: SharedCacheStore; factor?: number; raise?: () => Promise<void> } = {},
): Deployment {
  let now = 0;
  let generation = 1;
  let lastChange = 0;
  const clock = { now: () => now, delay: async () => {} };
  const store = options.store ?? new MemoryCacheStore(clock);
  const raise = async (): Promise<void> => {
    generation += 1;
  };
  const openCaches = (): ProcessCaches =>
    new ProcessCaches(
      { globalFactor: options.factor ?? 1, perCacheFactors: {} },
      {
        store,
        clock,
        generations: { current: () => generation, raise: options.raise ?? raise },
        nextChangeId: () => String(++lastChange),
        onStoreError: () => {},
      },
    );
  return {
    open: () => openCaches().open(definition),
    openCaches,
    database: new Database(),
    passTime: (ms) => {
      now += ms;
    },
    generation: () => generation,
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

function fail(): Promise<never> {
  return Promise.reject(new CacheStoreError('away'));
}

function failingStore(): SharedCacheStore {
  return {
    read: fail,
    fill: fail,
    beginChange: fail,
    endChange: fail,
    onInvalidation: () => {},
    onDoubt: () => {},
    close: async () => {},
  };
}
