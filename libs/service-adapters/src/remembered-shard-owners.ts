import type { ShardOwners } from '@plexus/rpc';
import type { ShardOwnerReader } from '@plexus/storage';

/**
 * Who owns the shards, read once and remembered until the owner says "not mine" or does not answer: a wrong memory costs one attempt, and
 * decides nothing.
 */
export class RememberedShardOwners implements ShardOwners {
  readonly #reader: ShardOwnerReader;
  readonly #addresses = new Map<number, string>();

  constructor(reader: ShardOwnerReader) {
    this.#reader = reader;
  }

  async findOwner(shard: number): Promise<string | undefined> {
    const remembered = this.#addresses.get(shard);
    if (remembered !== undefined) return remembered;
    const address = await this.#reader.findOwnerAddress(shard);
    if (address !== undefined) this.#addresses.set(shard, address);
    return address;
  }

  forgetOwner(shard: number): void {
    this.#addresses.delete(shard);
  }
}
