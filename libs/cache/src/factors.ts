import { CACHE_BASE_SIZES, findCacheName } from './cache-names.ts';
import type { CacheName, CacheSize } from './cache-names.ts';

export interface CacheFactors {
  /** Of every cache without a factor of its own. */
  readonly globalFactor: number;
  /** By name, in any spelling that `findCacheName` understands. */
  readonly perCacheFactors: Readonly<Record<string, number>>;
  /** Base sizes in a process that an operator has chosen; the shared level grows with them. */
  readonly baseSizes?: Readonly<Partial<Record<CacheName, number>>>;
}

/** More is a slip of the fingers; no cache could be as large. */
export const LARGEST_CACHE_FACTOR = 10_000;

export const DEFAULT_CACHE_FACTORS: CacheFactors = { globalFactor: 0.5, perCacheFactors: {} };

/** The factor of a cache: its own, else the global one. */
export function factorOf(name: CacheName, factors: CacheFactors): number {
  const own = Object.entries(factors.perCacheFactors).find(([key]) => findCacheName(key) === name);
  return own?.[1] ?? factors.globalFactor;
}

/** How many entries a cache may hold, in the process and shared: `floor(base size × factor)`. A factor of 0 switches it off. */
export function capacityOf(name: CacheName, factors: CacheFactors): CacheSize {
  const factor = factorOf(name, factors);
  const base = baseSizeOf(name, factors);
  return { process: Math.floor(base.process * factor), shared: Math.floor(base.shared * factor) };
}

/** The base sizes in force: of the list, or as the operator has chosen. */
export function baseSizeOf(name: CacheName, factors: Pick<CacheFactors, 'baseSizes'>): CacheSize {
  const listed = CACHE_BASE_SIZES[name];
  const chosen = factors.baseSizes?.[name];
  return chosen === undefined
    ? listed
    : { process: chosen, shared: Math.floor((listed.shared / listed.process) * chosen) };
}
