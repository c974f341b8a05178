/** Who owns a room shard, by its row; any app may ask. Throws `StorageError` where Postgres fails. */
export interface ShardOwnerReader {
  /** The address at which the shard's owner takes commands. Nothing where nobody owns it now. */
  findOwnerAddress(shard: number): Promise<string | undefined>;
}
