import type { OwnedShard } from './owned-shard.ts';

/** The shards that this process owns. */
export class OwnedShards {
  readonly #shards = new Map<number, OwnedShard>();
  readonly #versions = new Map<number, number>();

  find(shard: number): OwnedShard | undefined {
    return this.#shards.get(shard);
  }

  all(): Iterable<OwnedShard> {
    return this.#shards.values();
  }

  get size(): number {
    return this.#shards.size;
  }

  /** Raised whenever what is remembered of the shard's rooms ceases to be true. */
  versionOf(shard: number): number {
    return this.#versions.get(shard) ?? 0;
  }

  raiseVersion(shard: number): void {
    this.#versions.set(shard, this.versionOf(shard) + 1);
  }

  add(owned: OwnedShard): void {
    this.raiseVersion(owned.shard);
    this.#shards.set(owned.shard, owned);
  }

  remove(shard: number): void {
    this.raiseVersion(shard);
    this.#shards.delete(shard);
  }
}
