import type { CacheName } from './cache-names.ts';
import { capacityOf, factorOf } from './factors.ts';
import type { CacheFactors } from './factors.ts';
import type { CacheDefinition, Caches, CacheStats, NamedCache } from './named-cache.ts';
import { CacheStoreError } from './shared-store.ts';
import { TieredCache } from './tiered-cache.ts';
import type { TieredCacheOptions } from './tiered-cache.ts';

interface OpenCache {
  invalidate(keys: readonly string[]): void;
  invalidateAll(): void;
  resize(size: { factor: number; capacity: number }): void;
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
    options.store.onDoubt(() => void this.#distrust());
  }

  open<V>(definition: CacheDefinition<V>): NamedCache<V> {
    if (this.#open.has(definition.name)) throw new Error(`the cache ${definition.name} is open already`);
    const cache = new TieredCache<V>(definition, this.#sizeOf(definition.name), this.#options);
    this.#open.set(definition.name, cache);
    return cache;
  }

  stats(): CacheStats[] {
    return [...this.#open.values()].map((cache) => cache.stats());
  }

  applyFactors(factors: CacheFactors): void {
    this.#factors = factors;
    for (const [name, cache] of this.#open) cache.resize(this.#sizeOf(name));
  }

  /** What the shared level holds may be from before a change: it is void for every process from here on. */
  async #distrust(): Promise<void> {
    for (const cache of this.#open.values()) cache.invalidateAll();
    try {
      await this.#options.generations.raise(this.#options.generations.current());
    } catch (error) {
      this.#options.onStoreError(new CacheStoreError('the cache generation cannot be raised', { cause: error }));
    }
  }

  #sizeOf(name: CacheName): { factor: number; capacity: number } {
    return { factor: factorOf(name, this.#factors), capacity: capacityOf(name, this.#factors) };
  }
}
