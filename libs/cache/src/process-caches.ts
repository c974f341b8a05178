import type { CacheName } from './cache-names.ts';
import { baseSizeOf, capacityOf, factorOf } from './factors.ts';
import type { CacheFactors } from './factors.ts';
import type { CacheDefinition, Caches, CacheStats, NamedCache } from './named-cache.ts';
import { TieredCache } from './tiered-cache.ts';
import type { SizeInForce } from './tiered-cache.ts';
import type { TieredCacheOptions } from './tiered-cache-options.ts';

interface OpenCache {
  invalidate(keys: readonly string[]): void;
  dropUnused(since: number): void;
  resize(size: SizeInForce): void;
  stats(): CacheStats;
}

/** The caches of one process over one shared store. */
export class ProcessCaches implements Caches {
  readonly #options: TieredCacheOptions;
  readonly #open = new Map<CacheName, OpenCache>();
  #factors: CacheFactors;

  constructor(factors: CacheFactors, options: TieredCacheOptions) {
    this.#factors = factors;
    this.#options = options;
    options.store.onInvalidation((name, keys) => this.#open.get(name)?.invalidate(keys));
  }

  open<V>(definition: CacheDefinition<V>): NamedCache<V> {
    const { name, kind, remembersAbsence, levels } = definition;
    if (this.#open.has(name)) throw new Error(`the cache ${name} is open already`);
    if (remembersAbsence === true && kind === 'immutable') {
      throw new Error(`the cache ${name} cannot remember absence: nothing tells it that a value has come into being`);
    }
    if (kind === 'followed' && levels !== 'process') {
      throw new Error(`the cache ${name} cannot be shared: what one process hears of, no other does`);
    }
    const cache = new TieredCache<V>(definition, this.#sizeOf(name), this.#options);
    this.#open.set(name, cache);
    return cache;
  }

  stats(): CacheStats[] {
    return [...this.#open.values()].map((cache) => cache.stats());
  }

  applyFactors(factors: CacheFactors): void {
    this.#factors = factors;
    for (const [name, cache] of this.#open) cache.resize(this.#sizeOf(name));
  }

  dropUnused(forMs: number): void {
    const since = this.#options.clock.now() - forMs;
    for (const cache of this.#open.values()) cache.dropUnused(since);
  }

  #sizeOf(name: CacheName): SizeInForce {
    const factors = this.#factors;
    return { factor: factorOf(name, factors), capacity: capacityOf(name, factors), base: baseSizeOf(name, factors) };
  }
}
