import { randomUUID } from 'node:crypto';
import { sharedCacheContract } from '@plexus/testing';
import { RedisCacheStore } from './redis-store.ts';

const url = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';

sharedCacheContract('Redis', async () => {
  let lastLease = 0;
  // What a test leaves there is none of the next one's business.
  const keyPrefix = `${randomUUID()}:`;
  const open = async (name: string): Promise<RedisCacheStore> => {
    const store = new RedisCacheStore({
      place: { kind: 'single', url },
      keyPrefix,
      nextLease: () => `${name}-${++lastLease}`,
    });
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
