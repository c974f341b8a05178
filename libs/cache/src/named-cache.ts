import type { CacheName } from './cache-names.ts';
import type { CacheFactors } from './factors.ts';

/**
 * A read-through cache with a name. Level one is in the process, level two is shared; both are bounded per name by
 * `floor(base size × factor)`. A capacity of 0 switches the cache off and everything stays correct.
 */
export interface NamedCache<V> {
  readonly name: string;
  /** The value under `key`: from level one, else level two, else from `load`. Nothing is kept where `load` finds nothing. */
  get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined>;
  /** Level one only, synchronously: for hot paths that load in bulk themselves. */
  peek(key: string): V | undefined;
  /** Several keys at once; `load` is asked once for all that no level holds. */
  getMany(keys: readonly string[], load: (missing: string[]) => Promise<Map<string, V>>): Promise<Map<string, V>>;
  /**
   * Changes what lies behind these keys: from before `commit` until after it nothing old can enter any level, and afterwards
   * every level of every process is without the old value (this process at once, others within a second, whatever fails).
   */
  change<T>(keys: readonly string[], commit: () => Promise<T>): Promise<T>;
}

export interface CacheDefinition<V> {
  /** As operators name it in `caches.per_cache_factors`. */
  readonly name: CacheName;
  /**
   * `immutable`: a key never has another value (events, state nodes). `mutable`: it may change, and only `change` changes it; level one
   * serves it for at most a second without hearing from the shared level.
   */
  readonly kind: 'immutable' | 'mutable';
  readonly codec: CacheCodec<V>;
  /** Entries live at most this long, in milliseconds. */
  readonly timeToLiveMs?: number;
  /** `process`: not worth a round trip to the shared level, so level one alone. */
  readonly levels?: 'both' | 'process';
}

export interface CacheCodec<V> {
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

/** The caches of a process; one per name. */
export interface Caches {
  open<V>(definition: CacheDefinition<V>): NamedCache<V>;
  /** Sizes and counts of every open cache. */
  stats(): CacheStats[];
  /** Resizes every open cache; entries beyond a smaller capacity are evicted. */
  applyFactors(factors: CacheFactors): void;
}

export interface CacheStats {
  readonly name: CacheName;
  readonly factor: number;
  readonly capacity: number;
  readonly size: number;
  readonly hits: { readonly process: number; readonly shared: number };
  readonly misses: number;
  readonly evictions: { readonly size: number; readonly time: number; readonly invalidation: number };
  readonly invalidations: number;
}
