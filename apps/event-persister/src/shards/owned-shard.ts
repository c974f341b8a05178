import type { NewReceipt, OwnedShard as FoundShard, ShardCounters } from '@plexus/storage';
import { ImpliedReceipts } from '../receipts/implied-receipts.ts';
import { InboundProgress } from './inbound-progress.ts';
import { ProjectionProgress } from './projection-progress.ts';

/** What was implied up to a position, as it was when a unit of work took it. */
export interface StoredImplied {
  readonly receipts: readonly NewReceipt[];
  readonly upTo: number;
}

/** A shard that this process owns, as of its last commit. */
export class OwnedShard {
  readonly shard: number;
  readonly inbound: InboundProgress;
  projection: ProjectionProgress;
  impliedReceipts = new ImpliedReceipts();
  epoch: number;
  /** The deployment's, in which the rows of its log after the last one are written. */
  readonly generation: number;
  counters: ShardCounters;
  /** Up to which position the log is published; stored with the next unit of work. */
  published: number;
  /** Takes no new commands: it is about to be given up. */
  isDraining = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor({ shard, epoch, generation, counters }: FoundShard) {
    this.shard = shard;
    this.epoch = epoch;
    this.generation = generation;
    this.counters = counters;
    this.published = counters.published;
    this.inbound = new InboundProgress(counters.inboundOffset, counters.inboundIncarnation);
    this.projection = new ProjectionProgress(counters.projected, counters.position);
  }

  /** Resolves when this process does not own it any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  end(): void {
    this.#ended.resolve();
  }

  /** Whether the row lags behind what others have done since the last commit. */
  get hasUnstoredProgress(): boolean {
    const { published, projected, inboundOffset, inboundIncarnation } = this.counters;
    return (
      this.published !== published ||
      this.projection.projected !== projected ||
      this.inbound.offsetAfter(NONE) !== inboundOffset ||
      this.inbound.incarnation !== inboundIncarnation
    );
  }

  /** Whether there is anything to store of what users' own events imply. */
  get hasImpliedReceipts(): boolean {
    return this.impliedReceipts.isDue(this.counters.position);
  }

  /** The row is other than remembered: what followed the log goes on from what is stored. Records that are open stay open. */
  resumeAt(counters: ShardCounters): void {
    this.counters = counters;
    this.published = Math.max(this.published, counters.published);
    this.projection = new ProjectionProgress(counters.projected, counters.position);
    this.impliedReceipts = new ImpliedReceipts();
  }

  /** A unit of work is committed. */
  advance(progress: {
    readonly advanced: ShardCounters;
    readonly doneOffsets: Iterable<number>;
    readonly projectedPositions: Iterable<number>;
    readonly implied: readonly NewReceipt[];
    readonly storedImplied: StoredImplied | undefined;
  }): void {
    this.counters = progress.advanced;
    this.inbound.finish(progress.doneOffsets);
    this.projection.commit(progress.advanced.position, progress.projectedPositions);
    if (progress.storedImplied !== undefined)
      this.impliedReceipts.stored(progress.storedImplied.receipts, progress.storedImplied.upTo);
    this.impliedReceipts.add(progress.implied);
  }

  /** The counters to store, if a unit of work gave out these numbers and did these records. */
  countersAfter(given: ShardCounters, done: ReadonlySet<number>): ShardCounters {
    return {
      ...given,
      published: this.published,
      projected: this.projection.projected,
      inboundOffset: this.inbound.offsetAfter(done),
      inboundIncarnation: this.inbound.incarnation,
    };
  }
}

const NONE: ReadonlySet<number> = new Set();
