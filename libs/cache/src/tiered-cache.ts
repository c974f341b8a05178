import type { Clock } from '@plexus/matrix-base';
import type { CacheDefinition, CacheStats, NamedCache } from './named-cache.ts';
import type { CacheGenerations, SharedCacheStore, SharedFill, SharedSpace } from './shared-store.ts';
import { CacheStoreError } from './shared-store.ts';
import { LevelOne } from './level-one.ts';

export interface TieredCacheOptions {
  readonly store: SharedCacheStore;
  readonly generations: CacheGenerations;
  readonly clock: Clock;
  readonly nextChangeId: () => string;
  /** Failures of the shared level: they cost speed only, but somebody should know. */
  readonly onStoreError: (error: CacheStoreError) => void;
}

/** How long level one serves a mutable value, counted from before it was read: with the generation's half second, one second. */
const MUTABLE_FRESHNESS_MS = 500;

interface Fetch<V> {
  readonly promise: Promise<V | undefined>;
  /** A change of the key began or ended after this fetch did: what it brings may be old. */
  isOutrun: boolean;
}

/** A named cache on two levels. See `NamedCache` for what it promises and `SharedCacheStore` for how. */
export class TieredCache<V> implements NamedCache<V> {
  readonly name: CacheDefinition<V>['name'];
  readonly #definition: CacheDefinition<V>;
  readonly #options: TieredCacheOptions;
  readonly #levelOne: LevelOne<V>;
  readonly #fetches = new Map<string, Fetch<V>>();
  #factor: number;
  #hits = { process: 0, shared: 0 };
  #misses = 0;
  #invalidations = 0;

  constructor(definition: CacheDefinition<V>, size: { factor: number; capacity: number }, options: TieredCacheOptions) {
    this.name = definition.name;
    this.#definition = definition;
    this.#options = options;
    this.#factor = size.factor;
    this.#levelOne = new LevelOne(size.capacity);
  }

  peek(key: string): V | undefined {
    const value = this.#levelOne.find(key, this.#options.clock.now());
    if (value !== undefined) this.#hits.process += 1;
    return value;
  }

  async get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const held = this.peek(key);
    if (held !== undefined) return held;
    const running = this.#fetches.get(key);
    if (running !== undefined) return running.promise;
    const found = await this.#fetch([key], async () => {
      const value = await load();
      return value === undefined ? new Map() : new Map([[key, value]]);
    });
    return found.get(key);
  }

  async getMany(
    keys: readonly string[],
    load: (missing: string[]) => Promise<Map<string, V>>,
  ): Promise<Map<string, V>> {
    const found = new Map<string, V>();
    const missing: string[] = [];
    for (const key of keys) {
      const value = this.peek(key);
      if (value === undefined) missing.push(key);
      else found.set(key, value);
    }
    if (missing.length === 0) return found;
    for (const [key, value] of await this.#fetch(missing, load)) found.set(key, value);
    return found;
  }

  async change<T>(keys: readonly string[], commit: () => Promise<T>): Promise<T> {
    const changeId = this.#options.nextChangeId();
    const space = await this.#beginChange(keys, changeId);
    this.#forget(keys);
    try {
      return await commit();
    } finally {
      this.#forget(keys);
      await this.#endChange(space, keys, changeId);
    }
  }

  /** Another process changed these keys. */
  invalidate(keys: readonly string[]): void {
    this.#forget(keys);
  }

  /** The shared level may have lost or brought back something. */
  invalidateAll(): void {
    for (const fetch of this.#fetches.values()) fetch.isOutrun = true;
    this.#fetches.clear();
    if (this.#definition.kind === 'mutable') this.#levelOne.clear();
  }

  resize(size: { factor: number; capacity: number }): void {
    this.#factor = size.factor;
    this.#levelOne.resize(size.capacity);
  }

  stats(): CacheStats {
    return {
      name: this.name,
      factor: this.#factor,
      capacity: this.#levelOne.capacity,
      size: this.#levelOne.size,
      hits: { ...this.#hits },
      misses: this.#misses,
      evictions: { ...this.#levelOne.evictions },
      invalidations: this.#invalidations,
    };
  }

  #fetch(keys: readonly string[], load: (missing: string[]) => Promise<Map<string, V>>): Promise<Map<string, V>> {
    const freshUntil = this.#freshUntil();
    const all = this.#readThrough(keys, load);
    const fetches = keys.map((key): [string, Fetch<V>] => [
      key,
      { promise: all.then((found) => found.get(key)), isOutrun: false },
    ]);
    for (const [key, fetch] of fetches) {
      this.#fetches.set(key, fetch);
      // The caller hears of a failure through `all`; a second reader of the key through this promise.
      fetch.promise.catch(ignoreFailure);
    }
    return all
      .then((found) => {
        for (const [key, fetch] of fetches) {
          const value = found.get(key);
          if (value !== undefined && !fetch.isOutrun) this.#levelOne.store(key, value, freshUntil);
        }
        return found;
      })
      .finally(() => {
        for (const [key, fetch] of fetches) if (this.#fetches.get(key) === fetch) this.#fetches.delete(key);
      });
  }

  #freshUntil(): number {
    const { kind, timeToLiveMs = Infinity } = this.#definition;
    return this.#options.clock.now() + Math.min(timeToLiveMs, kind === 'mutable' ? MUTABLE_FRESHNESS_MS : Infinity);
  }

  async #readThrough(
    keys: readonly string[],
    load: (missing: string[]) => Promise<Map<string, V>>,
  ): Promise<Map<string, V>> {
    const space = this.#space();
    const shared = space === undefined ? undefined : await this.#readShared(space, keys);
    const found = new Map<string, V>();
    for (const [key, value] of shared?.values ?? []) found.set(key, value);
    this.#hits.shared += found.size;
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return found;
    this.#misses += missing.length;
    const loaded = await load(missing);
    for (const [key, value] of loaded) found.set(key, value);
    if (space !== undefined && shared !== undefined) void this.#fillShared(space, loaded, shared.leases);
    return found;
  }

  /** Where the shared values of this moment are; nothing where the shared level is not to be used. */
  #space(): SharedSpace | undefined {
    if (this.#definition.levels === 'process' || this.#levelOne.capacity === 0) return undefined;
    const generation = this.#options.generations.current();
    return generation === undefined ? undefined : { name: this.name, generation };
  }

  async #readShared(
    space: SharedSpace,
    keys: readonly string[],
  ): Promise<{ values: Map<string, V>; leases: Map<string, string> } | undefined> {
    const values = new Map<string, V>();
    const leases = new Map<string, string>();
    try {
      const reads = await this.#options.store.read(space, keys);
      for (const [index, key] of keys.entries()) {
        const read = reads[index];
        if (read?.value !== undefined) values.set(key, this.#definition.codec.decode(read.value));
        else if (read?.lease !== undefined) leases.set(key, read.lease);
      }
      return { values, leases };
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async #fillShared(space: SharedSpace, loaded: Map<string, V>, leases: Map<string, string>): Promise<void> {
    const entries: SharedFill[] = [];
    for (const [key, value] of loaded) {
      const lease = leases.get(key);
      if (lease !== undefined) entries.push({ key: key, value: this.#definition.codec.encode(value), lease });
    }
    if (entries.length === 0) return;
    const limits = { capacity: this.#levelOne.capacity, timeToLiveMs: this.#definition.timeToLiveMs };
    try {
      await this.#options.store.fill(space, entries, limits);
    } catch (error) {
      this.#report(error);
    }
  }

  /** Forbids fills; where the shared level cannot be told, everything shared becomes void before anything is committed. */
  async #beginChange(keys: readonly string[], changeId: string): Promise<SharedSpace | undefined> {
    if (this.#definition.levels === 'process') return undefined;
    const generation = this.#options.generations.current();
    const space = { name: this.name, generation: generation ?? 0 };
    try {
      if (generation === undefined) throw new CacheStoreError('the cache generation is not known');
      await this.#options.store.beginChange(space, keys, changeId);
      return space;
    } catch (error) {
      this.#report(error);
      await this.#options.generations.raise(generation);
      return undefined;
    }
  }

  /** A crash before this leaves the keys without a value and without leases until the mark of the change expires. */
  async #endChange(space: SharedSpace | undefined, keys: readonly string[], changeId: string): Promise<void> {
    if (space === undefined) return;
    try {
      await this.#options.store.endChange(space, keys, changeId);
    } catch (error) {
      this.#report(error);
    }
  }

  #forget(keys: readonly string[]): void {
    this.#invalidations += keys.length;
    for (const key of keys) {
      const fetch = this.#fetches.get(key);
      if (fetch !== undefined) fetch.isOutrun = true;
      this.#fetches.delete(key);
      this.#levelOne.remove(key);
    }
  }

  #report(error: unknown): void {
    if (!(error instanceof CacheStoreError)) throw error;
    this.#options.onStoreError(error);
  }
}

function ignoreFailure(): void {}
