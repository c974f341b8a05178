/** Reads which PDUs wait for others. Throws `StorageError`. */
export interface ParkedPduReader {
  /** Of some events of one shard's rooms those that are parked. */
  findParkedIds(shard: number, eventIds: readonly string[]): Promise<Set<string>>;
}
