/** Where federation-senders take questions; any app may ask. Throws `StorageError` where Postgres fails. */
export interface SenderReplicaReader {
  /** The addresses of those that gave a sign of life within this time, by Postgres's clock. */
  findLive(withinMs: number): Promise<readonly string[]>;
}

/** Written by federation-sender: each replica its own row. */
export interface SenderReplicaRepository extends SenderReplicaReader {
  /** A sign of life. Rows of replicas that have been silent for ten times as long as `staleMs` go. */
  beat(address: string, staleMs: number): Promise<void>;
  withdraw(address: string): Promise<void>;
}
