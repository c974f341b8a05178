import { sharedCacheContract } from '@plexus/testing';
import { MemoryCacheStore } from './memory-store.ts';

sharedCacheContract('memory', async () => {
  const store = new MemoryCacheStore({ now: () => 0, delay: async () => {} });
  return { one: store, other: store, close: () => store.close() };
});
