import { expect, it } from 'vitest';
import { CacheStoreError } from '@plexus/cache';
import { tokenBucketsContract } from '@plexus/testing';
import { RedisTokenBuckets } from './redis-token-buckets.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';

tokenBucketsContract('Redis', async () => {
  const [one, other] = [
    new RedisTokenBuckets({ place: { kind: 'single', url } }),
    new RedisTokenBuckets({ place: { kind: 'single', url } }),
  ];
  await Promise.all([one.connected(), other.connected()]);
  return { one, other };
});

it('fails at once where Redis is not there', async () => {
  const away = new RedisTokenBuckets({ place: { kind: 'single', url: 'redis://127.0.0.1:1' } });
  const used = away.use({ key: 'a', size: { perSecond: 1, burst: 1 }, mode: 'take' });
  await expect(used).rejects.toThrow(CacheStoreError);
  await away.close();
});
