import type { RoomWork, ShardCounters } from './room-work.ts';

/** A shard and the epoch in which a process owns it. */
export interface ShardEpoch {
  readonly shard: number;
  readonly epoch: number;
}

/** A shard as its new owner found it. */
export interface OwnedShard extends ShardEpoch {
  /** In which the rows of its log after the last one are written. */
  readonly generation: number;
  readonly counters: ShardCounters;
}

/**
 * What became of a unit of work. `fenced`: another process owns at least one of the shards now. `displaced`: the owner's counters are
 * not those of the row, so that its memory is of another time. `repeated`: a command was executed before. `rejected`: the same work
 * would fail again. None of these stored anything.
 */
export type StoreOutcome =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'fenced' | 'displaced' | 'repeated' }
  | { readonly outcome: 'rejected'; readonly because: string };

/**
 * Writes rooms, for the owner of their shards. Every unit of work begins with a conditional update of the shards' rows and so holds
 * them to its commit: an owner that was replaced writes nothing.
 */
export interface RoomTransactor {
  /**
   * Takes shards from whoever owns them, by raising their epochs. A unit of work of the former owner that hangs on a shard's row is
   * ended by force. Throws `StorageError`.
   */
  takeOver(shards: readonly number[], ownerAddress: string): Promise<OwnedShard[]>;
  /**
   * Raises the epochs of shards that this process owns, after the outcome of its last unit of work became unknown: from now on that
   * work is stored or never will be. Shards that another process took meanwhile are left out.
   */
  renew(shards: readonly ShardEpoch[], ownerAddress: string): Promise<OwnedShard[]>;
  /** Gives shards up, so that nobody looks for their rooms here. */
  release(shards: readonly ShardEpoch[]): Promise<void>;
  /**
   * Stores a unit of work. One at a time. Throws `StorageError` where infrastructure failed; with `outcomeUnknown` the work may be
   * stored now or later, until `renew` says.
   */
  store(work: RoomWork): Promise<StoreOutcome>;
  close(): Promise<void>;
}
