import { expect, it } from 'vitest';
import { CacheStoreError } from '@plexus/cache';
import { MemoryTokenBuckets } from '@plexus/cache-memory';
import { FallBackTokenBuckets } from './fall-back-token-buckets.ts';

it('counts for itself while the shared buckets are away, and says so', async () => {
  const errors: unknown[] = [];
  const away = { use: () => Promise.reject(new CacheStoreError('away')), close: async () => {} };
  const buckets = new FallBackTokenBuckets(away, new MemoryTokenBuckets({ now: () => 0 }), (e) => errors.push(e));
  const use = (): Promise<number> => buckets.use({ key: 'a', size: { perSecond: 1, burst: 1 }, mode: 'take' });
  expect([await use(), await use()]).toEqual([0, 1000]);
  expect(errors).toHaveLength(2);
});
