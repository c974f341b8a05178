import type { NamedCache } from '@plexus/cache';
import type { ShardOwners } from '@plexus/rpc';
import type { ShardOwnerReader } from '@plexus/storage';

/**
 * Who owns the shards, read once and remembered in the cache `shard_owners` until the owner says "not mine" or does not answer: a wrong memory costs
 * one attempt, and decides nothing.
 */
export class RememberedShardOwners implements ShardOwners {
  readonly #reader: ShardOwnerReader;
  readonly #cache: NamedCache<string>;

  constructor(reader: ShardOwnerReader, cache: NamedCache<string>) {
    this.#reader = reader;
    this.#cache = cache;
  }

  findOwner(shard: number): Promise<string | undefined> {
    return this.#cache.get(String(shard), () => this.#reader.findOwnerAddress(shard));
  }

  forgetOwner(shard: number): void {
    this.#cache.forget([String(shard)]);
  }
}
