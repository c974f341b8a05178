/** Where federation-senders take questions; any app may ask. Throws `StorageError` where Postgres fails. */
export interface SenderReplicaReader {
  /** The addresses of those that gave a sign of life within this time, by Postgres's clock. */
  findLive(withinMs: number): Promise<readonly string[]>;
}

/** Written by federation-sender: each replica its own row. */
export interface SenderReplicaRepository extends SenderReplicaReader {
  /** A sign of life. */
  beat(address: string): Promise<void>;
  /** Rows of replicas go that gave no sign of life for so long, by Postgres's clock. */
  removeSilent(forMs: number): Promise<void>;
  withdraw(address: string): Promise<void>;
}
