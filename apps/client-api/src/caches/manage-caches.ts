import { baseSizeOf, capacityOf, findCacheName, listCacheNames, listUnderstoodNames } from '@plexus/cache';
import type { CacheName, CacheSize, CacheStats, FactorInForce } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import { findNearestName } from '@plexus/service-shell';
import type { CachePorts } from './cache-ports.ts';

/** A cache as it is to be in every process, and as it is in this one. */
export interface ListedCache {
  readonly name: CacheName;
  readonly factor: FactorInForce;
  readonly base: CacheSize;
  readonly capacity: CacheSize;
  /** Nothing where this process does not use it. */
  readonly here: CacheStats | undefined;
}

export interface NamedFactor {
  readonly name: CacheName | typeof GLOBAL;
  readonly factor: FactorInForce;
  readonly revision: number;
}

/** Stands for all caches without a factor of their own. */
const GLOBAL = 'global';

/** What administrators see of the caches, and change while they are in use. A change reaches every process within two seconds. */
export class ManageCaches {
  readonly #ports: CachePorts;

  constructor(ports: CachePorts) {
    this.#ports = ports;
  }

  /** How often factors were changed: what processes show when they have followed. */
  get revision(): number {
    return this.#ports.factors.current().revision;
  }

  globalFactor(): FactorInForce {
    return this.#ports.sizing.globalFactor();
  }

  list(): ListedCache[] {
    const { caches, sizing } = this.#ports;
    const factors = sizing.factors();
    const stats = new Map(caches.stats().map((one) => [one.name, one]));
    return listCacheNames().map((name) => ({
      name,
      factor: sizing.factorOf(name),
      base: baseSizeOf(name, factors),
      capacity: capacityOf(name, factors),
      here: stats.get(name),
    }));
  }

  /** Nothing as the factor: the environment and the configuration file count again. Throws 404 for a name that no cache has. */
  async setFactor(written: string, factor: number | undefined): Promise<NamedFactor> {
    const name = requireName(written);
    await this.#ports.factors.setFactor(name === GLOBAL ? GLOBAL : { cache: name }, factor);
    const { sizing } = this.#ports;
    const inForce = name === GLOBAL ? sizing.globalFactor() : sizing.factorOf(name);
    return { name, factor: inForce, revision: this.revision };
  }
}

function requireName(written: string): CacheName | typeof GLOBAL {
  if (written === GLOBAL) return GLOBAL;
  const name = findCacheName(written);
  if (name !== undefined) return name;
  const nearest = findNearestName(written, [...listUnderstoodNames(), GLOBAL]);
  const hint = nearest === undefined ? '' : `: did you mean ${nearest}?`;
  throw new MatrixError('M_NOT_FOUND', 404, `No cache has this name${hint}`);
}
