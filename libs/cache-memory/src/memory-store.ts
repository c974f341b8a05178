import { LRUCache } from 'lru-cache';
import type { CacheName, SharedCacheStore, SharedFill, SharedLimits, SharedRead, SharedSpace } from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';

interface Shelf {
  readonly values: LRUCache<string, StoredValue>;
  readonly capacity: number;
}

interface StoredValue {
  readonly bytes: Uint8Array;
  readonly expiresAt: number;
}

/** The shared level where there is one process: as in Redis, with leases and marks, so that both behave alike. */
export class MemoryCacheStore implements SharedCacheStore {
  readonly #clock: Clock;
  readonly #shelves = new Map<string, Shelf>();
  // @NOTE A reader that finds nothing leaves its lease behind: they are bounded, and losing one only means no fill.
  readonly #leases = new LRUCache<string, string>({ max: 10_000 });
  readonly #changes = new Map<string, Set<string>>();
  readonly #listeners: ((name: CacheName, keys: readonly string[]) => void)[] = [];
  #lastLease = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    return keys.map((key) => this.#readOne(space, key));
  }

  async fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<void> {
    const shelf = this.#shelfOf(space, limits.capacity);
    for (const { key, value, lease } of entries) {
      const place = placeOf(space, key);
      if (this.#leases.get(place) !== lease) continue;
      this.#leases.delete(place);
      shelf.values.set(key, { bytes: copyOf(value), expiresAt: this.#clock.now() + (limits.timeToLiveMs ?? Infinity) });
    }
  }

  async beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    for (const key of keys) {
      const place = placeOf(space, key);
      const changes = this.#changes.get(place) ?? new Set();
      this.#changes.set(place, changes.add(changeId));
    }
    this.#remove(space, keys);
  }

  async endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    for (const key of keys) {
      const place = placeOf(space, key);
      const changes = this.#changes.get(place);
      changes?.delete(changeId);
      if (changes?.size === 0) this.#changes.delete(place);
    }
    this.#remove(space, keys);
  }

  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Memory does not fail apart from the process that reads it. */
  onDoubt(): void {}

  async close(): Promise<void> {
    this.#shelves.clear();
  }

  #readOne(space: SharedSpace, key: string): SharedRead {
    const stored = this.#shelves.get(shelfName(space))?.values.get(key);
    if (stored !== undefined && this.#clock.now() < stored.expiresAt) return { value: stored.bytes, lease: undefined };
    const place = placeOf(space, key);
    if (this.#changes.has(place)) return { value: undefined, lease: undefined };
    const lease = String(++this.#lastLease);
    this.#leases.set(place, lease);
    return { value: undefined, lease };
  }

  #remove(space: SharedSpace, keys: readonly string[]): void {
    for (const key of keys) {
      this.#shelves.get(shelfName(space))?.values.delete(key);
      this.#leases.delete(placeOf(space, key));
    }
    for (const listener of this.#listeners) listener(space.name, keys);
  }

  #shelfOf(space: SharedSpace, capacity: number): Shelf {
    const name = shelfName(space);
    const shelf = this.#shelves.get(name);
    if (shelf?.capacity === capacity) return shelf;
    const resized = { capacity, values: new LRUCache<string, StoredValue>({ max: capacity }) };
    for (const [key, value] of [...(shelf?.values.entries() ?? [])].reverse()) resized.values.set(key, value);
    this.#shelves.set(name, resized);
    return resized;
  }
}

/** @NOTE Most buffers are parts of a pool: one that is kept keeps all that was allocated beside it. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function shelfName(space: SharedSpace): string {
  return `${space.name}:${space.generation}`;
}

function placeOf(space: SharedSpace, key: string): string {
  return `${space.name}:${space.generation}:${key}`;
}
