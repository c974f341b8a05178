import type { CacheName } from './cache-names.ts';
import { baseSizeOf, capacityOf, factorOf } from './factors.ts';
import type { CacheFactors } from './factors.ts';
import type { CacheDefinition, Caches, CacheStats, NamedCache } from './named-cache.ts';
import { CacheStoreError } from './shared-store.ts';
import type { CacheGenerations } from './shared-store.ts';
import { TieredCache } from './tiered-cache.ts';
import type { SizeInForce, TieredCacheOptions } from './tiered-cache.ts';

interface OpenCache {
  invalidate(keys: readonly string[]): void;
  invalidateAll(): void;
  dropUnused(since: number): void;
  resize(size: SizeInForce): void;
  stats(): CacheStats;
}

/** How long until the generation is tried to be raised again, in milliseconds. */
const RAISE_AGAIN_MS = 200;

/** The caches of one process over one shared store. */
export class ProcessCaches implements Caches {
  readonly #options: TieredCacheOptions;
  readonly #generations: CacheGenerations;
  readonly #open = new Map<CacheName, OpenCache>();
  #factors: CacheFactors;
  /** Raised with each doubt: the shared level is read again when the last one has led to a new generation. */
  #doubts = 0;
  #isTrusted = true;

  constructor(factors: CacheFactors, options: TieredCacheOptions) {
    const { generations } = options;
    this.#factors = factors;
    this.#generations = generations;
    this.#options = {
      ...options,
      generations: {
        current: () => (this.#isTrusted ? generations.current() : undefined),
        raise: () => generations.raise(),
      },
    };
    options.store.onInvalidation((name, keys) => this.#open.get(name)?.invalidate(keys));
    options.store.onDoubt(() => void this.#distrust());
  }

  open<V>(definition: CacheDefinition<V>): NamedCache<V> {
    const { name, kind, remembersAbsence } = definition;
    if (this.#open.has(name)) throw new Error(`the cache ${name} is open already`);
    if (remembersAbsence === true && kind === 'immutable') {
      throw new Error(`the cache ${name} cannot remember absence: nothing tells it that a value has come into being`);
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

  /** Ends what goes on by itself. */
  stop(): void {
    this.#doubts += 1;
  }

  /**
   * What the shared level holds may be from before a change: it is not read until the generation has been raised, which makes it void for every
   * process.
   */
  async #distrust(): Promise<void> {
    const doubt = ++this.#doubts;
    this.#isTrusted = false;
    for (const cache of this.#open.values()) cache.invalidateAll();
    while (doubt === this.#doubts && !(await this.#raise())) await this.#options.clock.delay(RAISE_AGAIN_MS);
    if (doubt === this.#doubts) this.#isTrusted = true;
  }

  async #raise(): Promise<boolean> {
    try {
      await this.#generations.raise();
      return true;
    } catch (error) {
      this.#options.onStoreError(new CacheStoreError('the cache generation cannot be raised', { cause: error }));
      return false;
    }
  }

  #sizeOf(name: CacheName): SizeInForce {
    const factors = this.#factors;
    return { factor: factorOf(name, factors), capacity: capacityOf(name, factors), base: baseSizeOf(name, factors) };
  }
}
