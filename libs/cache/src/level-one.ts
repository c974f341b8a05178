import { LRUCache } from 'lru-cache';

interface Entry<V> {
  readonly value: V;
  /** Milliseconds of the clock; served before, not from then on. */
  readonly freshUntil: number;
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

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  find(key: string, now: number): V | undefined {
    const entry = this.#entries?.get(key);
    if (entry === undefined) return undefined;
    if (now < entry.freshUntil) return entry.value;
    this.#entries?.delete(key);
    this.evictions.time += 1;
    return undefined;
  }

  store(key: string, value: V, freshUntil: number): void {
    this.#entries?.set(key, { value, freshUntil });
  }

  remove(key: string): void {
    if (this.#entries?.delete(key) === true) this.evictions.invalidation += 1;
  }

  clear(): void {
    this.evictions.invalidation += this.size;
    this.#entries?.clear();
  }

  resize(capacity: number): void {
    const kept = [...(this.#entries?.entries() ?? [])];
    this.#capacity = capacity;
    this.#entries = capacity === 0 ? undefined : this.#buildEntries(capacity);
    // Least recently used first, so that the oldest fall out where fewer fit.
    for (const [key, entry] of kept.reverse()) this.#entries?.set(key, entry);
  }

  #buildEntries(capacity: number): LRUCache<string, Entry<V>> {
    return new LRUCache<string, Entry<V>>({
      max: capacity,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.evictions.size += 1;
      },
    });
  }
}
