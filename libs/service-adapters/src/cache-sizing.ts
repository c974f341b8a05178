import {
  combineFactors,
  factorInForce,
  globalFactorOf,
  isCacheName,
  listCacheNames,
  listUnderstoodNames,
} from '@plexus/cache';
import type { CacheFactors, CacheName, FactorInForce, FactorLayer } from '@plexus/cache';
import { environmentFactors, findNearestName } from '@plexus/service-shell';
import type { Environment, Logger, PlexusConfig } from '@plexus/service-shell';
import type { CacheFactorCopy } from '@plexus/storage';

type CachesOf = Pick<PlexusConfig, 'caches' | 'event_cache_size'>;

export interface CacheSizingOptions {
  readonly config: CachesOf;
  readonly environment: Environment;
  readonly logger: Logger;
}

const DEFAULT_ENTRY_TTL_MS = 30 * 60_000;

/**
 * How large the caches are to be: what an administrator has set while running, else the environment, else the configuration file, else the
 * default. `onChange` listeners hear of what an administrator or the file changes.
 */
export class CacheSizing {
  readonly #environment: FactorLayer;
  readonly #set: CacheFactorCopy;
  readonly #logger: Logger;
  readonly #listeners: (() => void)[] = [];
  #file: CachesOf;

  constructor({ config, environment, logger }: CacheSizingOptions, set: CacheFactorCopy) {
    const { global, own } = environmentFactors(environment);
    this.#environment = { source: 'environment', globalFactor: global, perCacheFactors: own };
    this.#set = set;
    this.#logger = logger;
    this.#file = config;
    set.onChange(() => this.#tell());
  }

  /** The configuration file has changed. */
  readAgain(config: CachesOf): void {
    this.#file = config;
    this.#tell();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  factors(): CacheFactors {
    const { event_cache_size: events } = this.#file;
    return { ...combineFactors(this.#layers()), ...(events !== undefined && { baseSizes: { events } }) };
  }

  factorOf(name: CacheName): FactorInForce {
    return factorInForce(name, this.#layers());
  }

  globalFactor(): FactorInForce {
    return globalFactorOf(this.#layers());
  }

  /** How many milliseconds an entry stays that nobody looks up; nothing: for ever. */
  unusedMs(): number | undefined {
    const { expire_caches: expires, cache_entry_ttl: ttl, expiry_time: older } = this.#file.caches;
    return expires ? (ttl ?? older ?? DEFAULT_ENTRY_TTL_MS) : undefined;
  }

  /** Says which factors are in force and who has set them, and warns of names that no cache has. */
  print(): void {
    const { factor, source } = this.globalFactor();
    const own = listCacheNames()
      .map((name) => [name, this.factorOf(name)] as const)
      .filter(([, { isOwn }]) => isOwn);
    const factors = Object.fromEntries(own.map(([name, set]) => [name, `${set.factor} (${set.source})`]));
    this.#logger.info('Cache factors', { global: `${factor} (${source})`, ...(own.length > 0 && { factors }) });
    for (const name of Object.keys(this.#file.caches.per_cache_factors)) this.#warnOfUnknown(name);
  }

  #warnOfUnknown(name: string): void {
    if (isCacheName(name)) return;
    const nearest = findNearestName(name, listUnderstoodNames());
    const hint = nearest === undefined ? '' : `: did you mean ${nearest}?`;
    this.#logger.warn(`A factor is set for ${name}, but no cache has this name${hint}`, { cache: name, nearest });
  }

  #tell(): void {
    this.print();
    for (const listener of this.#listeners) listener();
  }

  /** The strongest first. What the environment says is in the file's settings too, as if it were written there. */
  #layers(): FactorLayer[] {
    const { global_factor: globalFactor, per_cache_factors: perCacheFactors } = this.#file.caches;
    const file: FactorLayer = { source: 'file', globalFactor, perCacheFactors };
    return [{ source: 'administrator', ...this.#set.current() }, this.#environment, file];
  }
}
