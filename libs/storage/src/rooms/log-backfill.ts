import type { NewHighlight } from './receipts.ts';
import type { ShardEpoch } from './room-transactor.ts';
import type { NewRelation } from './room-work.ts';

/** How far a shard's log is filled in, and where that ends. */
export interface BackfillProgress {
  readonly position: number;
  readonly endsAt: number;
}

/** A relation of an event that is stored. */
export interface FilledRelation extends NewRelation {
  readonly eventNid: number;
  readonly eventId: string;
  readonly roomNid: number;
  readonly topologicalPosition: number;
}

/** What is made up for a piece of the log. */
export interface LogFilling {
  readonly relations: readonly FilledRelation[];
  readonly highlights: readonly Omit<NewHighlight, 'shard' | 'isCounted'>[];
  readonly upTo: number;
}

/** Makes up for events what there was no place for when they were stored. */
export interface LogBackfill {
  /** Where the shard is with it; it begins with the first question, and ends at `endsAt` of that. */
  beginBackfill(shard: number, endsAt: number): Promise<BackfillProgress>;
  /** Adds what is not there; nothing of redacted events. False where the shard is not owned in this epoch. */
  fillIn(owner: ShardEpoch, filling: LogFilling): Promise<boolean>;
}
