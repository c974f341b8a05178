import { ProcessCaches } from '@plexus/cache';
import type { CacheStoreError } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { expect, it } from 'vitest';
import { followDeployment } from './sole-generation.ts';

const codec = {
  encode: (text: string): Uint8Array => Buffer.from(text),
  decode: (bytes: Uint8Array): string => Buffer.from(bytes).toString(),
};

it.each([1, 2])('shares nothing of generation %d in the next one, and all that is read there', async (first) => {
  let [now, generation] = [0, first];
  const clock = { now: () => now, delay: async () => {} };
  const store = new MemoryCacheStore(clock);
  const failures: CacheStoreError[] = [];
  const caches = new ProcessCaches(
    { globalFactor: 1, perCacheFactors: {} },
    {
      store,
      clock,
      generations: followDeployment({ current: () => generation }, store),
      nextChangeId: () => 'change',
      onStoreError: (error) => failures.push(error),
    },
  );
  const cache = caches.open<string>({ name: 'rooms', kind: 'mutable', codec });
  /** What a read brings that the process itself does not answer. */
  const read = async (loaded: string): Promise<string | undefined> => {
    now += 1_000;
    const value = await cache.get('k', async () => loaded);
    // The shared level is filled after the answer.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return value;
  };
  expect(await read('lost')).toBe('lost');
  expect(await read('kept')).toBe('lost');
  generation += 1;
  expect(await read('kept')).toBe('kept');
  expect(await read('not loaded')).toBe('kept');
  await cache.change(['k'], async () => undefined);
  expect(await read('changed')).toBe('changed');
  expect(failures).toEqual([]);
});
