/** A join of which the members of the room are still to be fetched. */
export interface PartialJoin {
  readonly shard: number;
  readonly roomId: string;
  readonly roomVersion: string;
  /** The hosted server that joined. */
  readonly destination: string;
  /** The server that let it in. */
  readonly server: string;
  readonly joinEventId: string;
  /** How often somebody took it up, this time included. */
  readonly attempts: number;
}

/** How long whoever takes up a join has it to themselves: twice as long each time. */
export interface ClaimTimes {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Joins whose state is to be completed; `federation-sender` writes them. Throws `StorageError` where Postgres fails. */
export interface PartialJoinRepository {
  /** A later join of the same room replaces an earlier one. Due as soon as the room is here without its members; in any case after a first claim's time. */
  storePartialJoin(join: Omit<PartialJoin, 'attempts'>): Promise<void>;
  /** Takes up the one that is due for the longest time. It is due again when the claim ends. */
  claimDue(times: ClaimTimes): Promise<PartialJoin | undefined>;
  /** Unless a later join of the room has replaced it. */
  removePartialJoin(join: Pick<PartialJoin, 'shard' | 'roomId' | 'joinEventId'>): Promise<void>;
}
