import { ProcessCaches, SOLE_GENERATION } from '@plexus/cache';
import type { CacheDefinition, SharedCacheStore } from '@plexus/cache';
import { systemClock } from '@plexus/service-shell';

/** Of the size of this name, with values of a kilobyte that never change. */
export const aliases: CacheDefinition<string> = {
  name: 'aliases',
  kind: 'immutable',
  codec: { encode: (text) => Buffer.from(text), decode: (bytes) => Buffer.from(bytes).toString() },
};

export const VALUE = 'x'.repeat(1_000);

/** The caches of one process over a shared store, on which the first generation has settled. */
export function cachesOver(store: SharedCacheStore, factor: number, home = 'process'): ProcessCaches {
  let changes = 0;
  return new ProcessCaches(
    { globalFactor: factor, perCacheFactors: {} },
    {
      store,
      clock: systemClock,
      generations: { ...SOLE_GENERATION, current: () => ({ generation: 1, home }) },
      nextChangeId: () => String(++changes),
      onStoreError: (error) => {
        throw error;
      },
    },
  );
}
