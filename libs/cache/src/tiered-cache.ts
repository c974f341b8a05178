import type { CacheSize } from './cache-names.ts';
import type { CacheDefinition, CacheStats, NamedCache } from './named-cache.ts';
import { FRESHNESS_RULES } from './freshness-rules.ts';
import type { FreshnessRules } from './freshness-rules.ts';
import { LevelOne } from './level-one.ts';
import { SharedChanges } from './shared-changes.ts';
import { SizeSample } from './size-sample.ts';
import { onlyPresent, presentOf, ABSENT } from './held-value.ts';
import { SharedLevel } from './shared-level.ts';
import type { Held } from './held-value.ts';
import type { TieredCacheOptions } from './tiered-cache-options.ts';

/** A cache's size in force, and the one with a factor of 1. */
export interface SizeInForce {
  readonly factor: number;
  readonly capacity: CacheSize;
  readonly base: CacheSize;
}

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
  readonly #shared: SharedLevel<V>;
  /** The newest of each key; one that a change of the key has outrun is not here any more, because what it brings may be old. */
  readonly #fetches = new Map<string, Fetch<V>>();
  #sample: SizeSample;
  #size: SizeInForce;
  #hits = { process: 0, shared: 0 };
  #misses = 0;
  #invalidations = 0;

  constructor(definition: CacheDefinition<V>, size: SizeInForce, options: TieredCacheOptions) {
    this.name = definition.name;
    this.#definition = definition;
    this.#options = options;
    this.#size = size;
    this.#rules = options.rules ?? FRESHNESS_RULES;
    this.#shared = new SharedLevel({ ...options, definition, capacity: () => this.#size.capacity.shared });
    this.#changes = new SharedChanges({
      ...options,
      rules: this.#rules,
      report: (error, space) => this.#shared.report(error, space),
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

  async tell(keys: readonly string[]): Promise<void> {
    await this.#shared.tell(keys);
  }

  forget(keys: readonly string[]): void {
    this.#forget(keys);
  }

  /** Another process changed these keys, or any told of them. */
  invalidate(keys: readonly string[]): void {
    this.#forget(keys);
    this.#definition.onTold?.(keys);
  }

  dropUnused(since: number): void {
    this.#levelOne.dropUnused(since);
  }

  resize(size: SizeInForce): void {
    const isOtherBase = size.base.process !== this.#size.base.process;
    const isLess = size.capacity.shared < this.#size.capacity.shared;
    this.#size = size;
    if (isLess && this.#definition.levels !== 'process') void this.#shared.shrink();
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
      meanBytes: this.#shared.meanBytes,
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
    const space = this.#shared.space();
    const shared = space === undefined ? undefined : await this.#shared.read(space, keys);
    const found = new Map<string, Held<V>>(shared?.values);
    this.#hits.shared += found.size;
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return found;
    this.#misses += missing.length;
    const loaded = await this.#load(missing, load);
    for (const [key, value] of loaded) found.set(key, value);
    if (space !== undefined && shared !== undefined) void this.#shared.fill(space, loaded, shared.leases);
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

  /** What nothing else encodes: sampled values show how large the others are. What stays in this process may have no encoding. */
  #measureOne(loaded: Map<string, Held<V>>): void {
    if (this.#definition.levels === 'process') return;
    for (const [key, held] of loaded)
      if (held !== ABSENT && this.#sample.isSampled(key)) this.#shared.encode(key, held);
  }

  #forget(keys: readonly string[]): void {
    for (const key of keys) {
      if (this.#rules.dropsOutrun) this.#fetches.delete(key);
      this.#levelOne.remove(key);
      if (this.#sample.isSampled(key)) this.#sample.remove(key);
    }
  }
}

function ignoreFailure(): void {}
