import type { Clock } from '@plexus/matrix-base';
import type { CacheSize } from './cache-names.ts';
import type { CacheDefinition, CacheStats, NamedCache } from './named-cache.ts';
import { FRESHNESS_RULES } from './freshness-rules.ts';
import type { FreshnessRules } from './freshness-rules.ts';
import { LevelOne } from './level-one.ts';
import { SharedChanges } from './shared-changes.ts';
import type { CacheGenerations, SharedCacheStore, SharedFill, SharedSpace } from './shared-store.ts';
import { CacheStoreError, CacheStrangerError } from './shared-store.ts';
import { SizeSample } from './size-sample.ts';

export interface TieredCacheOptions {
  readonly store: SharedCacheStore;
  readonly generations: CacheGenerations;
  /** Must not be set back: how fresh something is is told by it. */
  readonly clock: Clock;
  readonly nextChangeId: () => string;
  /** Failures of the shared level: they cost speed only, but somebody should know. */
  readonly onStoreError: (error: CacheStoreError) => void;
  /** How long `load` took, for everything that it was asked for at once. */
  readonly onLoaded?: (name: CacheDefinition<unknown>['name'], milliseconds: number) => void;
  readonly rules?: FreshnessRules;
}

/** A cache's size in force, and the one with a factor of 1. */
export interface SizeInForce {
  readonly factor: number;
  readonly capacity: CacheSize;
  readonly base: CacheSize;
}

/** Stands for a value where there is known to be none. */
const ABSENT = Symbol('absent');
/** As the shared level has it. */
const ABSENT_BYTES = new Uint8Array(0);

type Held<V> = V | typeof ABSENT;
type Load<V> = (missing: string[]) => Promise<Map<string, V>>;

interface Fetch<V> {
  readonly promise: Promise<V | undefined>;
  /** Others join it until then; later, what it brings may be older than level one would serve it. */
  readonly joinedUntil: number;
}

/** A named cache on two levels. See `NamedCache` for what it promises and `SharedCacheStore` for how. */
export class TieredCache<V> implements NamedCache<V> {
  readonly name: CacheDefinition<V>['name'];
  readonly #definition: CacheDefinition<V>;
  readonly #options: TieredCacheOptions;
  readonly #levelOne: LevelOne<Held<V>>;
  readonly #rules: FreshnessRules;
  readonly #changes: SharedChanges;
  /** The newest of each key; one that a change of the key has outrun is not here any more, because what it brings may be old. */
  readonly #fetches = new Map<string, Fetch<V>>();
  #sample: SizeSample;
  #size: SizeInForce;
  #hits = { process: 0, shared: 0 };
  #misses = 0;
  #invalidations = 0;
  #shared = { size: 0, evicted: 0 };
  #encoded = { bytes: 0, values: 0 };

  constructor(definition: CacheDefinition<V>, size: SizeInForce, options: TieredCacheOptions) {
    this.name = definition.name;
    this.#definition = definition;
    this.#options = options;
    this.#size = size;
    this.#rules = options.rules ?? FRESHNESS_RULES;
    this.#changes = new SharedChanges({
      ...options,
      rules: this.#rules,
      report: (error, space) => this.#report(error, space),
    });
    this.#levelOne = new LevelOne(size.capacity.process);
    this.#sample = this.#newSample();
  }

  peek(key: string): V | undefined {
    const held = this.#levelOne.find(key, this.#options.clock.now());
    if (held === undefined || held.value === ABSENT) return undefined;
    this.#countHit(key, held.isSampled);
    return held.value;
  }

  async get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const held = this.#find(key);
    if (held !== undefined) return presentOf(held);
    const running = this.#fetches.get(key);
    if (running !== undefined && this.#options.clock.now() < running.joinedUntil) return running.promise;
    const found = await this.#fetch([key], async () => {
      const value = await load();
      return value === undefined ? new Map() : new Map([[key, value]]);
    });
    return found.get(key);
  }

  async getMany(keys: readonly string[], load: Load<V>): Promise<Map<string, V>> {
    const found = new Map<string, V>();
    const missing: string[] = [];
    for (const key of keys) {
      const held = this.#find(key);
      if (held === undefined) missing.push(key);
      else if (held !== ABSENT) found.set(key, held);
    }
    if (missing.length === 0) return found;
    for (const [key, value] of await this.#fetch(missing, load)) found.set(key, value);
    return found;
  }

  async change<T>(keys: readonly string[], commit: () => Promise<T>): Promise<T> {
    this.#invalidations += keys.length;
    const isShared = this.#definition.levels !== 'process';
    const change = isShared ? await this.#changes.begin(this.name, keys) : undefined;
    this.#forget(keys);
    try {
      const result = await commit();
      this.#forget(keys);
      if (change !== undefined) await this.#changes.end(change, keys);
      return result;
    } catch (error) {
      // @NOTE A commit that failed may still take place: the mark of the change stays until it expires, and forbids fills so long.
      this.#forget(keys);
      throw error;
    }
  }

  forget(keys: readonly string[]): void {
    this.#forget(keys);
  }

  /** Another process changed these keys. */
  invalidate(keys: readonly string[]): void {
    this.#forget(keys);
  }

  dropUnused(since: number): void {
    this.#levelOne.dropUnused(since);
  }

  resize(size: SizeInForce): void {
    const isOtherBase = size.base.process !== this.#size.base.process;
    this.#size = size;
    if (isOtherBase) this.#sample = this.#newSample();
    this.#levelOne.resize(size.capacity.process);
  }

  stats(): CacheStats {
    const { capacity, factor } = this.#size;
    const { evictions, size } = this.#levelOne;
    const shared = {
      hits: this.#hits.shared,
      capacity: capacity.shared,
      size: this.#shared.size,
      evictions: { size: this.#shared.evicted },
    };
    return {
      name: this.name,
      factor,
      process: { hits: this.#hits.process, capacity: capacity.process, size, evictions: { ...evictions } },
      shared: this.#definition.levels === 'process' ? undefined : shared,
      misses: this.#misses,
      invalidations: this.#invalidations,
      meanBytes: this.#encoded.values === 0 ? undefined : this.#encoded.bytes / this.#encoded.values,
      sampled: this.#sample.counts(),
    };
  }

  #find(key: string): Held<V> | undefined {
    const held = this.#levelOne.find(key, this.#options.clock.now());
    if (held === undefined) return undefined;
    this.#countHit(key, held.isSampled);
    return held.value;
  }

  #countHit(key: string, isSampled: boolean): void {
    this.#hits.process += 1;
    if (isSampled) this.#sample.note(key);
  }

  #fetch(keys: readonly string[], load: Load<V>): Promise<Map<string, V>> {
    const freshUntil = this.#freshUntil();
    const joinedUntil = this.#joinedUntil();
    const all = this.#readThrough(keys, load);
    const fetches = keys.map((key): [string, Fetch<V>] => [
      key,
      { promise: all.then((found) => presentOf(found.get(key))), joinedUntil },
    ]);
    for (const [key, fetch] of fetches) {
      this.#fetches.set(key, fetch);
      // The caller hears of a failure through `all`; a second reader of the key through this promise.
      fetch.promise.catch(ignoreFailure);
    }
    return all
      .then((found) => {
        for (const [key, fetch] of fetches) this.#keep(key, found.get(key), { fetch, freshUntil });
        return onlyPresent(found);
      })
      .finally(() => {
        for (const [key, fetch] of fetches) if (this.#fetches.get(key) === fetch) this.#fetches.delete(key);
      });
  }

  /**
   * Keeps what the newest read of the key brings. Of reads that overlap nobody knows which saw the newer value: where an older one ends, what it
   * brought may be newer than what is held, or is on its way, and neither is given to anybody else.
   */
  #keep(key: string, value: Held<V> | undefined, { fetch, freshUntil }: { fetch: Fetch<V>; freshUntil: number }): void {
    if (this.#isKept(key, fetch)) {
      if (value !== undefined) this.#hold(key, value, freshUntil);
    } else {
      this.#fetches.delete(key);
      this.#levelOne.remove(key);
    }
  }

  #isKept(key: string, fetch: Fetch<V>): boolean {
    return this.#definition.kind === 'immutable' || !this.#rules.keepsNewestOnly || this.#fetches.get(key) === fetch;
  }

  #freshUntil(): number {
    const { kind, timeToLiveMs = Infinity } = this.#definition;
    return this.#options.clock.now() + Math.min(timeToLiveMs, kind === 'mutable' ? this.#rules.servedMs : Infinity);
  }

  #joinedUntil(): number {
    return this.#definition.kind === 'mutable' ? this.#options.clock.now() + this.#rules.joinedMs : Infinity;
  }

  #hold(key: string, value: Held<V>, freshUntil: number): void {
    const usedAt = this.#options.clock.now();
    const weight = value === ABSENT ? 1 : (this.#definition.weigh?.(value) ?? 1);
    this.#levelOne.store(key, { value, freshUntil, isSampled: this.#sample.isSampled(key), weight, usedAt });
  }

  /** Where entries weigh, how many there would be with another factor is not known: none is sampled. */
  #newSample(): SizeSample {
    return new SizeSample(this.#definition.weigh === undefined ? this.#size.base.process : 0);
  }

  async #readThrough(keys: readonly string[], load: Load<V>): Promise<Map<string, Held<V>>> {
    for (const key of keys) if (this.#sample.isSampled(key)) this.#sample.note(key);
    const space = this.#space();
    const shared = space === undefined ? undefined : await this.#readShared(space, keys);
    const found = new Map<string, Held<V>>(shared?.values);
    this.#hits.shared += found.size;
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return found;
    this.#misses += missing.length;
    const loaded = await this.#load(missing, load);
    for (const [key, value] of loaded) found.set(key, value);
    if (space !== undefined && shared !== undefined) void this.#fillShared(space, loaded, shared.leases);
    else this.#measureOne(loaded);
    return found;
  }

  async #load(missing: string[], load: Load<V>): Promise<Map<string, Held<V>>> {
    const begun = this.#options.clock.now();
    const loaded = new Map<string, Held<V>>(await load(missing));
    this.#options.onLoaded?.(this.name, this.#options.clock.now() - begun);
    if (this.#definition.remembersAbsence !== true) return loaded;
    for (const key of missing) if (!loaded.has(key)) loaded.set(key, ABSENT);
    return loaded;
  }

  /** Where the shared values of this moment are; nothing where the shared level is not to be used. */
  #space(): SharedSpace | undefined {
    if (this.#definition.levels === 'process' || this.#size.capacity.shared === 0) return undefined;
    const home = this.#options.generations.current();
    return home === undefined ? undefined : { name: this.name, ...home };
  }

  async #readShared(
    space: SharedSpace,
    keys: readonly string[],
  ): Promise<{ values: Map<string, Held<V>>; leases: Map<string, string> } | undefined> {
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
      this.#report(error, space);
      return undefined;
    }
  }

  /** @NOTE Another release may have written the bytes: what this one cannot read it loads, as if nothing were there. */
  #decode(bytes: Uint8Array): Held<V> | undefined {
    if (bytes.length === 0 && this.#definition.remembersAbsence === true) return ABSENT;
    try {
      return this.#definition.codec.decode(bytes);
    } catch (error) {
      this.#options.onStoreError(new CacheStoreError(`a value of ${this.name} cannot be read`, { cause: error }));
      return undefined;
    }
  }

  async #fillShared(space: SharedSpace, loaded: Map<string, Held<V>>, leases: Map<string, string>): Promise<void> {
    const entries: SharedFill[] = [];
    for (const [key, held] of loaded) {
      const lease = leases.get(key);
      if (lease === undefined) continue;
      const value = held === ABSENT ? ABSENT_BYTES : this.#encode(key, held);
      entries.push({ key, value, lease });
    }
    if (entries.length === 0) return;
    const limits = { capacity: this.#size.capacity.shared, timeToLiveMs: this.#definition.timeToLiveMs };
    try {
      const { size, evicted } = await this.#options.store.fill(space, entries, limits);
      this.#shared.size = size;
      this.#shared.evicted += evicted;
    } catch (error) {
      this.#report(error, space);
    }
  }

  #encode(key: string, value: V): Uint8Array {
    const bytes = this.#definition.codec.encode(value);
    this.#encoded.bytes += bytes.length + key.length;
    this.#encoded.values += 1;
    return bytes;
  }

  /** What nothing else encodes: sampled values show how large the others are. What stays in this process may have no encoding. */
  #measureOne(loaded: Map<string, Held<V>>): void {
    if (this.#definition.levels === 'process') return;
    for (const [key, held] of loaded) if (held !== ABSENT && this.#sample.isSampled(key)) this.#encode(key, held);
  }

  #forget(keys: readonly string[]): void {
    for (const key of keys) {
      if (this.#rules.dropsOutrun) this.#fetches.delete(key);
      this.#levelOne.remove(key);
      if (this.#sample.isSampled(key)) this.#sample.remove(key);
    }
  }

  #report(error: unknown, space: SharedSpace | undefined): void {
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

function presentOf<V>(held: Held<V> | undefined): V | undefined {
  return held === ABSENT ? undefined : held;
}

function onlyPresent<V>(found: Map<string, Held<V>>): Map<string, V> {
  const present = new Map<string, V>();
  for (const [key, held] of found) if (held !== ABSENT) present.set(key, held);
  return present;
}

function ignoreFailure(): void {}
