import { LRUCache } from 'lru-cache';
import { CacheStrangerError } from '@plexus/cache';
import type {
  CacheName,
  SharedCacheStore,
  SharedFill,
  SharedFillResult,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';

interface Shelf {
  /** Nothing where nothing is held. */
  readonly values: LRUCache<string, StoredValue> | undefined;
  readonly capacity: number;
}

interface StoredValue {
  readonly bytes: Uint8Array;
  readonly generation: number;
  readonly expiresAt: number;
}

const FIRST_GENERATION = 1;
/** A change that is not ended in this time belongs to a commit that failed or whose outcome is not known. */
const CHANGE_MARK_MS = 60_000;
/** With so many marks, those that have expired are looked for. */
const MANY_MARKS = 1_000;

/** The shared level where there is one process: as in Redis, with leases and marks, so that both behave alike. */
export class MemoryCacheStore implements SharedCacheStore {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #shelves = new Map<CacheName, Shelf>();
  // @NOTE A reader that finds nothing leaves its lease behind: they are bounded, and losing one only means no fill.
  readonly #leases = new LRUCache<string, string>({ maxSize: 10_000, sizeCalculation: () => 1 });
  /** By place: when the mark of each change that is under way expires. */
  readonly #changes = new Map<string, Map<string, number>>();
  readonly #listeners: ((name: CacheName, keys: readonly string[]) => void)[] = [];
  #lastLease = 0;
  #generation = FIRST_GENERATION;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  async read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    this.#requireHome(space);
    return keys.map((key) => this.#readOne(space, key));
  }

  async fill(
    space: SharedSpace,
    entries: readonly SharedFill[],
    { capacity, timeToLiveMs = Infinity }: SharedLimits,
  ): Promise<SharedFillResult> {
    this.#requireHome(space);
    const { name, generation } = space;
    const before = this.#shelves.get(name)?.values?.size ?? 0;
    const { values } = this.#shelfOf(name, capacity);
    if (values === undefined) return { size: 0, evicted: before };
    let added = 0;
    for (const { key, value, lease } of entries) {
      const place = placeOf(name, key);
      if (this.#leases.get(place) !== lease) continue;
      this.#leases.delete(place);
      if (!values.has(key)) added += 1;
      values.set(key, { bytes: copyOf(value), generation, expiresAt: this.#clock.now() + timeToLiveMs });
    }
    return { size: values.size, evicted: before + added - values.size };
  }

  async beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    this.#requireHome(space);
    const { name } = space;
    if (this.#changes.size > MANY_MARKS) for (const place of this.#changes.keys()) this.#isChanging(place);
    for (const key of keys) {
      const place = placeOf(name, key);
      const changes = this.#changes.get(place) ?? new Map<string, number>();
      this.#changes.set(place, changes.set(changeId, this.#clock.now() + CHANGE_MARK_MS));
    }
    this.#remove(name, keys);
  }

  async endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    this.#requireHome(space);
    const { name } = space;
    for (const key of keys) {
      const place = placeOf(name, key);
      const changes = this.#changes.get(place);
      changes?.delete(changeId);
      if (changes?.size === 0) this.#changes.delete(place);
    }
    this.#remove(name, keys);
  }

  async settle(generation: number): Promise<string> {
    this.#generation = generation;
    return 'process';
  }

  async tell(name: CacheName, keys: readonly string[]): Promise<void> {
    for (const listener of this.#listeners) listener(name, keys);
  }

  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#shelves.clear();
  }

  #requireHome({ generation }: SharedSpace): void {
    if (generation !== this.#generation) throw new CacheStrangerError('another generation has settled here');
  }

  #readOne({ name, generation }: SharedSpace, key: string): SharedRead {
    const stored = this.#shelves.get(name)?.values?.get(key);
    const isThere = stored?.generation === generation && this.#clock.now() < stored.expiresAt;
    if (isThere) return { value: stored.bytes, lease: undefined };
    const place = placeOf(name, key);
    if (this.#isChanging(place)) return { value: undefined, lease: undefined };
    const lease = String(++this.#lastLease);
    this.#leases.set(place, lease);
    return { value: undefined, lease };
  }

  /** Forgets marks that have expired. */
  #isChanging(place: string): boolean {
    const changes = this.#changes.get(place);
    if (changes === undefined) return false;
    for (const [changeId, expiresAt] of changes) if (expiresAt <= this.#clock.now()) changes.delete(changeId);
    if (changes.size === 0) this.#changes.delete(place);
    return changes.size > 0;
  }

  #remove(name: CacheName, keys: readonly string[]): void {
    for (const key of keys) {
      this.#shelves.get(name)?.values?.delete(key);
      this.#leases.delete(placeOf(name, key));
    }
    for (const listener of this.#listeners) listener(name, keys);
  }

  #shelfOf(name: CacheName, capacity: number): Shelf {
    const shelf = this.#shelves.get(name);
    if (shelf?.capacity === capacity) return shelf;
    const values = capacity === 0 ? undefined : buildValues(capacity);
    for (const [key, value] of [...(shelf?.values?.entries() ?? [])].reverse()) values?.set(key, value);
    const resized = { capacity, values };
    this.#shelves.set(name, resized);
    return resized;
  }
}

/** @NOTE `max` would make room for all entries at once; as a sum of sizes the same bound takes memory as it fills. */
function buildValues(capacity: number): LRUCache<string, StoredValue> {
  return new LRUCache<string, StoredValue>({ maxSize: capacity, sizeCalculation: () => 1 });
}

/** @NOTE Most buffers are parts of a pool: one that is kept keeps all that was allocated beside it. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function placeOf(name: CacheName, key: string): string {
  return `${name}:${key}`;
}
