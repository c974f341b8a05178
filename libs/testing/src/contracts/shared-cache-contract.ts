import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheStrangerError } from '@plexus/cache';
import type { SharedCacheStore, SharedSpace } from '@plexus/cache';

/** What every adapter of the `SharedCacheStore` port does. `openPair` gives two views of one store, as two processes have them. */
export function sharedCacheContract(
  adapter: string,
  openPair: () => Promise<{ one: SharedCacheStore; other: SharedCacheStore; close(): Promise<void> }>,
): void {
  describe(`SharedCacheContract: ${adapter}`, () => {
    const limits = { capacity: 100, timeToLiveMs: undefined };
    let lastGeneration = Math.trunc(Math.random() * 1e9);
    let space: SharedSpace;
    let pair: Awaited<ReturnType<typeof openPair>>;

    beforeEach(async () => {
      pair = await openPair();
      await settle();
    });
    afterEach(() => pair.close());

    /** Another generation, for all who use the store. */
    async function settle(): Promise<void> {
      const generation = ++lastGeneration;
      space = { name: 'rooms', generation, home: await pair.one.settle(generation, undefined) };
    }
    async function leaseFor(key: string, store = pair.one): Promise<string> {
      const [read] = await store.read(space, [key]);
      if (read?.lease === undefined) throw new Error(`no lease for ${key}`);
      return read.lease;
    }
    async function fill(key: string, text: string, store = pair.one): Promise<void> {
      await store.fill(space, [{ key, value: Buffer.from(text), lease: await leaseFor(key, store) }], limits);
    }
    async function valueOf(key: string, store = pair.one): Promise<string | undefined> {
      const [read] = await store.read(space, [key]);
      return read?.value === undefined ? undefined : Buffer.from(read.value).toString();
    }

    it('gives back bytes exactly, to every process', async () => {
      const value = Buffer.from([0, 1, 128, 255, 10, 13]);
      await pair.one.fill(space, [{ key: 'k', value, lease: await leaseFor('k') }], limits);
      const [read] = await pair.other.read(space, ['k']);
      expect(Buffer.from(read?.value ?? [])).toEqual(value);
    });

    it('answers several keys in their order', async () => {
      await fill('b', 'second');
      const reads = await pair.one.read(space, ['a', 'b', 'c']);
      expect(reads.map((read) => read.value !== undefined)).toEqual([false, true, false]);
      expect(reads.map((read) => read.lease !== undefined)).toEqual([true, false, true]);
    });

    it('refuses a fill whose lease a change has ended', async () => {
      const lease = await leaseFor('k');
      await pair.other.beginChange(space, ['k'], 'change');
      await pair.other.endChange(space, ['k'], 'change');
      await pair.one.fill(space, [{ key: 'k', value: Buffer.from('old'), lease }], limits);
      expect(await valueOf('k')).toBeUndefined();
    });

    it('gives no lease while a change is under way, and none while one of two is', async () => {
      await pair.one.beginChange(space, ['k'], 'first');
      await pair.other.beginChange(space, ['k'], 'second');
      expect((await pair.other.read(space, ['k']))[0]).toEqual({ value: undefined, lease: undefined });
      await pair.one.endChange(space, ['k'], 'first');
      expect((await pair.one.read(space, ['k']))[0]).toEqual({ value: undefined, lease: undefined });
      await pair.other.endChange(space, ['k'], 'second');
      await fill('k', 'new');
      expect(await valueOf('k', pair.other)).toBe('new');
    });

    it('removes the value when a change begins, before its commit', async () => {
      await fill('k', 'old');
      await pair.other.beginChange(space, ['k'], 'change');
      expect(await valueOf('k')).toBeUndefined();
    });

    it('tells every process which keys a change removed', async () => {
      const heard = new Promise((resolve) => pair.other.onInvalidation((name, keys) => resolve([name, keys])));
      await pair.one.beginChange(space, ['k1', 'k2'], 'change');
      expect(await heard).toEqual(['rooms', ['k1', 'k2']]);
    });

    it('tells every process of keys without changing them', async () => {
      await fill('told', 'value');
      const heard = new Promise((resolve) => pair.other.onInvalidation((name, keys) => resolve([name, keys])));
      await pair.one.tell('rooms', ['told', 'k2']);
      expect(await heard).toEqual(['rooms', ['told', 'k2']]);
      expect(await valueOf('told')).toBe('value');
    });

    it('gives no value of another generation, and lets it be filled again', async () => {
      await fill('k', 'old generation');
      await settle();
      expect(await valueOf('k')).toBeUndefined();
      await fill('k', 'new generation');
      expect(await valueOf('k')).toBe('new generation');
    });

    it('is a stranger to every generation but the one that has settled', async () => {
      const former = space;
      await settle();
      const change = pair.other.beginChange(former, ['k'], 'change');
      await expect(change).rejects.toThrow(CacheStrangerError);
      await expect(pair.one.read(former, ['k'])).rejects.toThrow(CacheStrangerError);
      await expect(pair.one.read({ ...space, generation: lastGeneration + 1 }, ['k'])).rejects.toThrow(
        CacheStrangerError,
      );
      expect(await pair.other.read(space, ['k'])).toHaveLength(1);
    });

    it('keeps its name as a home as long as it runs', async () => {
      expect(await pair.other.settle(++lastGeneration, space.home)).toBe(space.home);
    });

    it('forbids fills during a change in every generation', async () => {
      await pair.one.beginChange(space, ['k'], 'change');
      await settle();
      expect((await pair.other.read(space, ['k']))[0]).toEqual({ value: undefined, lease: undefined });
      await pair.one.endChange(space, ['k'], 'change');
      await fill('k', 'new');
      expect(await valueOf('k')).toBe('new');
    });

    it('keeps a value without bytes', async () => {
      await fill('k', '');
      expect(await valueOf('k', pair.other)).toBe('');
    });

    it('lets go what is beyond a smaller capacity, down to nothing, without a fill', async () => {
      for (const key of ['a', 'b', 'c']) await fill(key, key);
      const shrink = (capacity: number): Promise<unknown> =>
        pair.other.fill(space, [], { capacity, timeToLiveMs: undefined });
      expect(await shrink(2)).toEqual({ size: 2, evicted: 1 });
      expect((await pair.one.read(space, ['a', 'b', 'c'])).map(({ value }) => value !== undefined)).toEqual([
        false,
        true,
        true,
      ]);
      expect(await shrink(0)).toEqual({ size: 0, evicted: 2 });
      expect(await valueOf('c')).toBeUndefined();
    });

    it('holds no more keys of a name than its capacity, the oldest gone first', async () => {
      const results = [];
      for (let index = 0; index < 8; index += 1) {
        const key = `k${index}`;
        const entry = { key, value: Buffer.from(key), lease: await leaseFor(key) };
        results.push(await pair.one.fill(space, [entry], { capacity: 5, timeToLiveMs: undefined }));
      }
      expect(results.map(({ size }) => size)).toEqual([1, 2, 3, 4, 5, 5, 5, 5]);
      expect(results.map(({ evicted }) => evicted)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
      const reads = await pair.one.read(space, ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7']);
      expect(reads.map((read) => read.value !== undefined)).toEqual([
        false,
        false,
        false,
        true,
        true,
        true,
        true,
        true,
      ]);
    });
  });
}
