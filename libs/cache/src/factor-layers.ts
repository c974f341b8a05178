import { findCacheName } from './cache-names.ts';
import type { CacheName } from './cache-names.ts';
import { DEFAULT_CACHE_FACTORS } from './factors.ts';
import type { CacheFactors } from './factors.ts';

/** Who says how large caches are. */
export type FactorSource = 'administrator' | 'environment' | 'file' | 'default';

export interface FactorLayer {
  readonly source: FactorSource;
  readonly globalFactor: number | undefined;
  /** By name, in any spelling that `findCacheName` understands. */
  readonly perCacheFactors: Readonly<Record<string, number>>;
}

/** A factor in force, and who has set it: for a cache without a factor of its own, who has set the global one. */
export interface FactorInForce {
  readonly factor: number;
  readonly source: FactorSource;
  readonly isOwn: boolean;
}

/**
 * The factors in force where several say something, the strongest first. A cache's own factor beats the global one, whoever has set them: among
 * own ones the strongest counts, and among global ones.
 */
export function combineFactors(layers: readonly FactorLayer[]): Omit<CacheFactors, 'baseSizes'> {
  const perCacheFactors: Record<string, number> = {};
  for (const layer of [...layers].reverse()) {
    for (const [written, factor] of Object.entries(layer.perCacheFactors)) {
      const name = findCacheName(written);
      if (name !== undefined) perCacheFactors[name] = factor;
    }
  }
  return { globalFactor: globalFactorOf(layers).factor, perCacheFactors };
}

export function globalFactorOf(layers: readonly FactorLayer[]): FactorInForce {
  for (const { source, globalFactor: factor } of layers) {
    if (factor !== undefined) return { factor, source, isOwn: false };
  }
  return { factor: DEFAULT_CACHE_FACTORS.globalFactor, source: 'default', isOwn: false };
}

export function factorInForce(name: CacheName, layers: readonly FactorLayer[]): FactorInForce {
  for (const { source, perCacheFactors } of layers) {
    for (const [written, factor] of Object.entries(perCacheFactors)) {
      if (findCacheName(written) === name) return { factor, source, isOwn: true };
    }
  }
  return globalFactorOf(layers);
}
