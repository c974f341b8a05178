import { LRUCache } from 'lru-cache';

/** What this process holds under a key. */
export interface Entry<V> {
  readonly value: V;
  /** Milliseconds of the clock; served before, not from then on. */
  readonly freshUntil: number;
  /** Whether its key belongs to the sample. */
  readonly isSampled: boolean;
  /** As how many entries it counts. */
  readonly weight: number;
  /** When it was last looked up or stored. */
  usedAt: number;
}

/** The entries that this process holds of one named cache, least recently used out first. A capacity of 0 holds nothing. */
export class LevelOne<V> {
  #entries: LRUCache<string, Entry<V>> | undefined;
  #capacity = 0;
  readonly evictions = { size: 0, time: 0, invalidation: 0 };

  constructor(capacity: number) {
    this.resize(capacity);
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Entries, by their weight. */
  get size(): number {
    return this.#entries?.calculatedSize ?? 0;
  }

  find(key: string, now: number): Entry<V> | undefined {
    const entry = this.#entries?.get(key);
    if (entry === undefined) return undefined;
    if (now < entry.freshUntil) {
      entry.usedAt = now;
      return entry;
    }
    this.#entries?.delete(key);
    this.evictions.time += 1;
    return undefined;
  }

  store(key: string, entry: Entry<V>): void {
    this.#entries?.set(key, entry);
  }

  remove(key: string): void {
    if (this.#entries?.delete(key) === true) this.evictions.invalidation += 1;
  }

  clear(): void {
    this.evictions.invalidation += this.#entries?.size ?? 0;
    this.#entries?.clear();
  }

  /** Drops what nobody has looked up since then. */
  dropUnused(since: number): void {
    const unused: string[] = [];
    for (const key of this.#entries?.rkeys() ?? []) {
      const entry = this.#entries?.peek(key);
      if (entry === undefined || entry.usedAt >= since) break;
      unused.push(key);
    }
    for (const key of unused) this.#entries?.delete(key);
    this.evictions.time += unused.length;
  }

  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    const kept = [...(this.#entries?.entries() ?? [])];
    this.#capacity = capacity;
    if (capacity === 0) this.evictions.size += kept.length;
    this.#entries = capacity === 0 ? undefined : this.#buildEntries(capacity);
    // Least recently used first, so that the oldest fall out where fewer fit.
    for (const [key, entry] of kept.reverse()) this.#entries?.set(key, entry);
  }

  /** @NOTE `max` would make room for all entries at once; as a sum of sizes the same bound takes memory as it fills. */
  #buildEntries(capacity: number): LRUCache<string, Entry<V>> {
    return new LRUCache<string, Entry<V>>({
      maxSize: capacity,
      sizeCalculation: ({ weight }) => weight,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.evictions.size += 1;
      },
    });
  }
}
