import type { CacheName } from './cache-names.ts';
import type { CacheFactors } from './factors.ts';
import type { SampledLookups } from './size-sample.ts';

/**
 * A read-through cache with a name. Level one is in the process, level two is shared; both are bounded per name by
 * `floor(base size × factor)`. A capacity of 0 switches the cache off and everything stays correct.
 */
export interface NamedCache<V> {
  readonly name: string;
  /**
   * The value under `key`: from level one, else level two, else from `load`. That `load` found nothing is kept where the definition says so.
   */
  get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined>;
  /** Level one only, synchronously: for hot paths that load in bulk themselves. */
  peek(key: string): V | undefined;
  /** Several keys at once; `load` is asked once for all that no level holds, and leaves out what there is not. */
  getMany(keys: readonly string[], load: (missing: string[]) => Promise<Map<string, V>>): Promise<Map<string, V>>;
  /**
   * Changes what lies behind these keys: from before `commit` until after it nothing old can enter any level, and afterwards
   * every level of every process is without the old value (this process at once, others within a second, whatever fails).
   */
  change<T>(keys: readonly string[], commit: () => Promise<T>): Promise<T>;
  /** Tells every process that has this cache of these keys, this one too, see `onTold`. Nothing is changed; the word may be lost. */
  tell(keys: readonly string[]): Promise<void>;
  /** Of a cache that is `followed`: what this process holds under these keys is, or may be, of the past. At once. */
  forget(keys: readonly string[]): void;
}

export interface CacheDefinition<V> {
  /** As operators name it in `caches.per_cache_factors`. */
  readonly name: CacheName;
  /**
   * `immutable`: a key never has another value (events, state nodes). `mutable`: it may change, and only `change` changes it; level one
   * serves it for at most a second without hearing from the shared level. `followed`: it may change, and who opened the cache hears of that in this
   * process (from the room log, from whoever turns out to be another one) and has it forgotten; in the process alone.
   */
  readonly kind: 'immutable' | 'mutable' | 'followed';
  readonly codec: CacheCodec<V>;
  /**
   * Remember that `load` found nothing, as long as a value would be: for what is asked for although it mostly is not there. Only of `mutable`
   * values, whose coming into being is a `change`; their `codec` never encodes to no bytes.
   */
  readonly remembersAbsence?: boolean;
  /** Entries live at most this long, in milliseconds. */
  readonly timeToLiveMs?: number;
  /** `process`: not worth a round trip to the shared level, so level one alone. */
  readonly levels?: 'both' | 'process';
  /** Hears of keys that any process tells of, and of those that others change. */
  readonly onTold?: (keys: readonly string[]) => void;
  /** As how many entries a value counts in the process; one where nothing is said. Whole numbers from 1 on; what factors would bring is not sampled then. */
  readonly weigh?: (value: V) => number;
}

/**
 * The bytes of a value in the shared level. What `decode` throws at counts as not there: another release may have written it.
 */
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
  /** Drops from level one what was not looked up for so many milliseconds. */
  dropUnused(forMs: number): void;
}

/** Counts since the process began, and sizes as they are. */
export interface CacheStats {
  readonly name: CacheName;
  readonly factor: number;
  readonly process: LevelStats & { readonly evictions: Evictions };
  /** Nothing where the cache has no shared level. */
  readonly shared: SharedLevelStats | undefined;
  /** Look-ups that no level answered. */
  readonly misses: number;
  /** Keys that this process changed. */
  readonly invalidations: number;
  /** What a value takes when it is encoded, with its key, in the mean; nothing before there was one. */
  readonly meanBytes: number | undefined;
  readonly sampled: SampledLookups;
}

export interface LevelStats {
  readonly hits: number;
  readonly capacity: number;
  readonly size: number;
}

/** As this process saw it when it last put something there. */
export interface SharedLevelStats extends LevelStats {
  /** By this process's fills. */
  readonly evictions: { readonly size: number };
}

/** Why entries left: there was no room, they had become too old or were not used, or their value was changed. */
export interface Evictions {
  readonly size: number;
  readonly time: number;
  readonly invalidation: number;
}
