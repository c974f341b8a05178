import { CACHE_BASE_SIZES } from './cache-names.ts';
import type { CacheName } from './cache-names.ts';

export interface CacheFactors {
  /** Of every cache without a factor of its own. */
  readonly globalFactor: number;
  /** By name, in any spelling that `normalizeCacheName` makes equal. */
  readonly perCacheFactors: Readonly<Record<string, number>>;
}

export const DEFAULT_CACHE_FACTORS: CacheFactors = { globalFactor: 0.5, perCacheFactors: {} };

/** Lower case, and only letters, digits and underscores: `*stateNodes*`, `stateNodes` and `STATENODES` are one name. */
export function normalizeCacheName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]/g, '');
}

/** The factor of a cache: its own, else the global one. */
export function factorOf(name: CacheName, factors: CacheFactors): number {
  const normalized = normalizeCacheName(name);
  const own = Object.entries(factors.perCacheFactors).find(([key]) => normalizeCacheName(key) === normalized);
  return own?.[1] ?? factors.globalFactor;
}

/** How many entries a cache may hold: `floor(base size × factor)`. */
export function capacityOf(name: CacheName, factors: CacheFactors): number {
  return Math.floor(CACHE_BASE_SIZES[name] * factorOf(name, factors));
}
