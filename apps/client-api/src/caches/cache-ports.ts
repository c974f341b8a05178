import type { CacheFactors, CacheName, Caches, FactorInForce } from '@plexus/cache';
import type { CacheFactorRepository } from '@plexus/storage';

/** How large the caches are to be, and who says so. */
export interface CacheSizes {
  factors(): CacheFactors;
  factorOf(name: CacheName): FactorInForce;
  globalFactor(): FactorInForce;
}

export interface CachePorts {
  /** Those of this process. */
  readonly caches: Pick<Caches, 'stats'>;
  readonly sizing: CacheSizes;
  readonly factors: CacheFactorRepository;
}
