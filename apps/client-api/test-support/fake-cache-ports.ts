import { combineFactors, factorInForce, globalFactorOf } from '@plexus/cache';
import type { CacheStats, FactorLayer } from '@plexus/cache';
import type { SetCacheFactors } from '@plexus/storage';
import type { CachePorts } from '../src/caches/cache-ports.ts';

/** Factors that only administrators set, of caches that nobody has asked yet. */
export function fakeCachePorts(stats: readonly CacheStats[] = []): CachePorts {
  let set: SetCacheFactors = { revision: 1, globalFactor: undefined, perCacheFactors: {} };
  const layers = (): FactorLayer[] => [{ source: 'administrator', ...set }];
  return {
    caches: { stats: () => [...stats] },
    sizing: {
      factors: () => combineFactors(layers()),
      factorOf: (name) => factorInForce(name, layers()),
      globalFactor: () => globalFactorOf(layers()),
    },
    factors: {
      current: () => set,
      onChange: () => () => {},
      setFactor: async (which, factor) => {
        const { globalFactor, perCacheFactors } = set;
        const revision = set.revision + 1;
        if (which === 'global') set = { revision, globalFactor: factor, perCacheFactors };
        else set = { revision, globalFactor, perCacheFactors: withFactor(perCacheFactors, which.cache, factor) };
      },
    },
  };
}

function withFactor(
  factors: Readonly<Record<string, number>>,
  name: string,
  factor: number | undefined,
): Record<string, number> {
  const { [name]: _former, ...others } = factors;
  return factor === undefined ? others : { ...others, [name]: factor };
}
