import { sharedCacheContract } from '@plexus/testing';
import { RedisCacheStore } from './redis-store.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';

sharedCacheContract('Redis', async () => {
  let lastLease = 0;
  const open = async (name: string): Promise<RedisCacheStore> => {
    const store = new RedisCacheStore({ place: { kind: 'single', url }, nextLease: () => `${name}-${++lastLease}` });
    await store.connected();
    return store;
  };
  const [one, other] = await Promise.all([open('one'), open('other')]);
  return {
    one,
    other,
    close: async () => {
      await Promise.all([one.close(), other.close()]);
    },
  };
});
