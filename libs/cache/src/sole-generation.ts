import type { CacheGenerations } from './shared-store.ts';

const HOME = { generation: 1, home: 'process' };

/** Where nothing is shared with another process: nothing that another one holds can be old, and what is shared cannot be lost alone. */
export const SOLE_GENERATION: CacheGenerations = {
  current: () => HOME,
  homeOfChanges: async () => HOME,
  doubt: () => {},
  close: async () => Infinity,
  renew: async () => {},
};
