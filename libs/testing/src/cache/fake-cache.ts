import type { NamedCache } from '@plexus/cache';

/** A cache in a map, without bounds. */
export class FakeCache<V> implements NamedCache<V> {
  readonly name = 'fake';
  readonly values = new Map<string, V>();
  /** Told of keys; see `tell`. */
  readonly listeners: ((keys: readonly string[]) => void)[] = [];

  peek(key: string): V | undefined {
    return this.values.get(key);
  }

  async get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const held = this.values.get(key);
    if (held !== undefined) return held;
    const loaded = await load();
    if (loaded !== undefined) this.values.set(key, loaded);
    return loaded;
  }

  async getMany(
    keys: readonly string[],
    load: (missing: string[]) => Promise<Map<string, V>>,
  ): Promise<Map<string, V>> {
    const missing = keys.filter((key) => !this.values.has(key));
    if (missing.length > 0) for (const [key, value] of await load(missing)) this.values.set(key, value);
    const found = new Map<string, V>();
    for (const key of keys) {
      const value = this.values.get(key);
      if (value !== undefined) found.set(key, value);
    }
    return found;
  }

  async change<T>(keys: readonly string[], commit: () => Promise<T>): Promise<T> {
    const result = await commit();
    for (const key of keys) this.values.delete(key);
    return result;
  }

  async tell(keys: readonly string[]): Promise<void> {
    for (const listener of this.listeners) listener(keys);
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.values.delete(key);
  }
}
