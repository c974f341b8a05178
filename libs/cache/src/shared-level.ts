import type { CacheDefinition } from './named-cache.ts';
import type { SharedFill, SharedHome, SharedSpace } from './shared-store.ts';
import { CacheStoreError, CacheStrangerError } from './shared-store.ts';
import { ABSENT } from './held-value.ts';
import type { Held } from './held-value.ts';
import type { TieredCacheOptions } from './tiered-cache-options.ts';

export interface SharedLevelOptions<V> extends Pick<TieredCacheOptions, 'store' | 'generations' | 'onStoreError'> {
  readonly definition: CacheDefinition<V>;
  /** Of this level, as it is in force. */
  readonly capacity: () => number;
}

/** What of some keys the shared level has, and the leases by which others may be filled. */
interface SharedRead<V> {
  readonly values: Map<string, Held<V>>;
  readonly leases: Map<string, string>;
}

/** As the shared level has what there is known to be none of. */
const ABSENT_BYTES = new Uint8Array(0);

/** A cache's second level: reads and fills what all processes share. Where it fails, the values are loaded as if it were not there. */
export class SharedLevel<V> {
  readonly #options: SharedLevelOptions<V>;
  /** As it was told when it was filled last. */
  #size = 0;
  #evicted = 0;
  #encoded = { bytes: 0, values: 0 };

  constructor(options: SharedLevelOptions<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  get evicted(): number {
    return this.#evicted;
  }

  /** Of what was encoded so far, with its key. */
  get meanBytes(): number | undefined {
    return this.#encoded.values === 0 ? undefined : this.#encoded.bytes / this.#encoded.values;
  }

  /** Where the shared values of this moment are; nothing where the shared level is not to be used. */
  space(): SharedSpace | undefined {
    const { definition, generations, capacity } = this.#options;
    if (definition.levels === 'process' || capacity() === 0) return undefined;
    const home = generations.current();
    return home === undefined ? undefined : spaceOf(definition.name, home);
  }

  async read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead<V> | undefined> {
    const values = new Map<string, Held<V>>();
    const leases = new Map<string, string>();
    try {
      const reads = await this.#options.store.read(space, keys);
      for (const [index, key] of keys.entries()) {
        const read = reads[index];
        const value = read?.value === undefined ? undefined : this.#decode(read.value);
        if (value !== undefined) values.set(key, value);
        else if (read?.lease !== undefined) leases.set(key, read.lease);
      }
      return { values, leases };
    } catch (error) {
      this.report(error, space);
      return undefined;
    }
  }

  /** @NOTE Another release may have written the bytes: what this one cannot read it loads, as if nothing were there. */
  #decode(bytes: Uint8Array): Held<V> | undefined {
    const { definition, onStoreError } = this.#options;
    if (bytes.length === 0 && definition.remembersAbsence === true) return ABSENT;
    try {
      return definition.codec.decode(bytes);
    } catch (error) {
      onStoreError(new CacheStoreError(`a value of ${definition.name} cannot be read`, { cause: error }));
      return undefined;
    }
  }

  async fill(space: SharedSpace, loaded: Map<string, Held<V>>, leases: Map<string, string>): Promise<void> {
    const entries: SharedFill[] = [];
    for (const [key, held] of loaded) {
      const lease = leases.get(key);
      if (lease === undefined) continue;
      const value = held === ABSENT ? ABSENT_BYTES : this.encode(key, held);
      entries.push({ key, value, lease });
    }
    if (entries.length === 0) return;
    const { store, definition, capacity } = this.#options;
    const limits = { capacity: capacity(), timeToLiveMs: definition.timeToLiveMs };
    try {
      const { size, evicted } = await store.fill(space, entries, limits);
      this.#size = size;
      this.#evicted += evicted;
    } catch (error) {
      this.report(error, space);
    }
  }

  /**
   * What is beyond a smaller capacity goes, also where nobody fills any more. A process that cannot reach the store leaves that to others, and to the
   * time for which values are kept.
   */
  async shrink(): Promise<void> {
    const { store, generations, definition, capacity, onStoreError } = this.#options;
    try {
      for (let evicted = 1; evicted > 0;) {
        const home = await generations.homeOfChanges();
        if (home === undefined) return;
        const limits = { capacity: capacity(), timeToLiveMs: definition.timeToLiveMs };
        const filled = await store.fill(spaceOf(definition.name, home), [], limits);
        evicted = filled.evicted;
        this.#size = filled.size;
        this.#evicted += evicted;
      }
    } catch (error) {
      onStoreError(new CacheStoreError(`${definition.name} cannot be made smaller`, { cause: error }));
    }
  }

  /** Nobody hears it where the shared level is not to be used, or fails. */
  async tell(keys: readonly string[]): Promise<void> {
    const space = this.space();
    if (space === undefined) return;
    try {
      await this.#options.store.tell(space.name, keys);
    } catch (error) {
      this.report(error, space);
    }
  }

  /** Counts how large the value is. */
  encode(key: string, value: V): Uint8Array {
    const bytes = this.#options.definition.codec.encode(value);
    this.#encoded.bytes += bytes.length + key.length;
    this.#encoded.values += 1;
    return bytes;
  }

  /** What is no failure of the shared level is thrown. */
  report(error: unknown, space: SharedSpace | undefined): void {
    if (!(error instanceof CacheStoreError)) throw error;
    this.#options.onStoreError(error);
    this.#options.generations.doubt();
    if (error instanceof CacheStrangerError && space !== undefined) void this.#renew(space.generation);
  }

  async #renew(generation: number): Promise<void> {
    try {
      await this.#options.generations.renew(generation);
    } catch (error) {
      // The store stays a stranger: whoever asks it next tries again.
      this.#options.onStoreError(new CacheStoreError('the cache generation cannot be raised', { cause: error }));
    }
  }
}

function spaceOf(name: SharedSpace['name'], home: SharedHome): SharedSpace {
  return { name, ...home };
}
