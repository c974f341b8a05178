import type { RowPlace } from './row-place.ts';

/** An input that fails deterministically, set aside for an operator. */
export interface DeadLetter {
  readonly shard: number;
  readonly deadLetterNid: number;
  readonly source: string;
  /** Not the id of a room where the input is of no room of this shard. */
  readonly roomId: string;
  readonly eventId: string | undefined;
  readonly origin: string | undefined;
  readonly error: string;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly setAsideAt: number;
}

/** Reads what rooms' owners set aside; retrying and discarding are commands to the owner. */
export interface DeadLetterReader {
  /** In the order of shards, then oldest first; `after` is the last one of the page before. */
  listDeadLetters(page: { readonly after?: RowPlace | undefined; readonly limit: number }): Promise<DeadLetter[]>;
  findDeadLetter(shard: number, deadLetterNid: number): Promise<DeadLetter | undefined>;
}
