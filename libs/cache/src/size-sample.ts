import { LRUCache } from 'lru-cache';

/** The factors at which the sample is looked up. */
export const SAMPLED_FACTORS = [0.25, 0.5, 1, 2, 4, 8] as const;

export type SampledFactor = (typeof SAMPLED_FACTORS)[number];

export interface SampledLookups {
  /** One key in so many belongs to the sample. */
  readonly oneIn: number;
  /** Of keys that belong to the sample. */
  readonly lookups: number;
  /** How many of them would have been answered with this factor. */
  readonly hits: Readonly<Record<SampledFactor, number>>;
}

/** A sample of a cache at a factor of 1 has so many entries, or twice as many. */
const SAMPLE_SIZE = 256;

/**
 * Which part of the look-ups a cache would answer with other factors. One key in `rate` belongs to the sample, chosen by its hash; only these are
 * remembered, in lists with a `rate`th of the entries that the cache would have with each of the factors, least recently used out first ("spatial
 * sampling", after SHARDS). What a list lacks, `estimateHitRate` makes an estimate for all keys of.
 */
export class SizeSample {
  readonly #isEmpty: boolean;
  readonly #mask: number;
  readonly #lists: readonly SampledKeys[];
  #lookups = 0;

  /** A base size of 0 samples nothing. */
  constructor(baseSize: number) {
    this.#isEmpty = baseSize === 0;
    const rate = 2 ** Math.max(0, Math.floor(Math.log2(baseSize / SAMPLE_SIZE)));
    this.#mask = rate - 1;
    this.#lists = SAMPLED_FACTORS.map((factor) => new SampledKeys(factor, Math.floor((baseSize * factor) / rate)));
  }

  isSampled(key: string): boolean {
    return !this.#isEmpty && (hashOf(key) & this.#mask) === 0;
  }

  /** A sampled key was looked up, and will be held if it was not. */
  note(key: string): void {
    this.#lookups += 1;
    for (const list of this.#lists) list.look(key);
  }

  /** A sampled key was changed: the next look-up is a miss at any size. */
  remove(key: string): void {
    for (const list of this.#lists) list.remove(key);
  }

  counts(): SampledLookups {
    const hits = { 0.25: 0, 0.5: 0, 1: 0, 2: 0, 4: 0, 8: 0 };
    for (const { factor, hits: count } of this.#lists) hits[factor] = count;
    return { oneIn: this.#mask + 1, lookups: this.#lookups, hits };
  }
}

/**
 * Which share of `lookups`, those of all keys, a cache would answer with the factor.
 *
 * @NOTE Whether a very popular key is among the sampled ones decides how many look-ups the sample has, and hardly how many it misses: such a key is
 * missed once. So misses are what is scaled up; look-ups that the sample has fewer or more of than its share of all count as hits (SHARDS-adj,
 * https://www.usenix.org/conference/fast15/technical-sessions/presentation/waldspurger).
 */
export function estimateHitRate(lookups: number, sampled: SampledLookups, factor: SampledFactor): number {
  if (lookups === 0) return 0;
  const missed = (sampled.lookups - sampled.hits[factor]) * sampled.oneIn;
  return Math.max(0, lookups - missed) / lookups;
}

/** Keys as a cache of this capacity would have them. */
class SampledKeys {
  readonly factor: SampledFactor;
  readonly #keys: LRUCache<string, true> | undefined;
  hits = 0;

  constructor(factor: SampledFactor, capacity: number) {
    this.factor = factor;
    if (capacity > 0) this.#keys = new LRUCache({ maxSize: capacity, sizeCalculation: () => 1 });
  }

  look(key: string): void {
    if (this.#keys?.get(key) === true) this.hits += 1;
    else this.#keys?.set(key, true);
  }

  remove(key: string): void {
    this.#keys?.delete(key);
  }
}

/** FNV-1a with a final mix, so that the low bits depend on all of the key. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
