import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { OutboundTransactor, OutboundWork, QueueChange } from '@plexus/storage';
import { nameOfQueue } from './destination-queue.ts';
import type { OwnedDestinations } from './owned-destinations.ts';

export type WriteOutcome = 'stored' | 'fenced';

export interface OutboundWriterPorts {
  readonly transactor: Pick<OutboundTransactor, 'store'>;
  readonly clock: Clock;
  /** Another process has taken at least one of these shards. */
  fenced(shards: readonly OwnedDestinations[]): void;
  failed(doing: string, error: unknown): void;
}

interface Waiting {
  readonly owned: OwnedDestinations;
  /** Nothing: the shard's progress alone. */
  readonly change: QueueChange | undefined;
  readonly resolve: (outcome: WriteOutcome) => void;
}

const MOST_CHANGES = 500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Stores changes of queues, all that wait as one unit of work, one at a time. What fails for want of Postgres is tried until it is stored
 * or the shards are another's: its step tells a repeated one from a new one. Changes of one queue are stored in their order.
 */
export class OutboundWriter {
  readonly #ports: OutboundWriterPorts;
  readonly #stopping = new AbortController();
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(ports: OutboundWriterPorts) {
    this.#ports = ports;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  store(owned: OwnedDestinations, change: QueueChange): Promise<WriteOutcome> {
    return this.#add(owned, change);
  }

  storeProgress(owned: OwnedDestinations): Promise<WriteOutcome> {
    return this.#add(owned, undefined);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #add(owned: OwnedDestinations, change: QueueChange | undefined): Promise<WriteOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ owned, change, resolve });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      const outcome = batch.length === 0 ? 'stored' : await this.#storeBatch(batch);
      for (const { resolve } of batch) resolve(outcome);
    }
    this.#running = undefined;
  }

  /** @NOTE At most one change of each queue, the first one; whatever is of a shard that is gone is answered. */
  #nextBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    const names = new Set<string>();
    for (const waiting of this.#waiting) {
      if (waiting.owned.isGone || this.#stopping.signal.aborted) {
        waiting.resolve('fenced');
        continue;
      }
      const name = waiting.change && nameOfQueue(waiting.change.destination);
      const isNext = batch.length < MOST_CHANGES && (name === undefined || !names.has(name));
      if (name !== undefined) names.add(name);
      (isNext ? batch : later).push(waiting);
    }
    this.#waiting = later;
    return batch;
  }

  async #storeBatch(batch: readonly Waiting[]): Promise<WriteOutcome> {
    const shards = [...new Set(batch.map(({ owned }) => owned))].sort((a, b) => a.shard - b.shard);
    const withProgress = new Set(batch.flatMap(({ owned, change }) => (change === undefined ? [owned] : [])));
    const work: OutboundWork = {
      shards: shards.map((owned) => {
        const { shard, epoch, step, records } = owned;
        return { shard, epoch, step, ...(withProgress.has(owned) && { progress: records.progress() }) };
      }),
      changes: batch.flatMap(({ change }) => change ?? []),
    };
    const outcome = await this.#untilStored(work);
    if (outcome === 'stored') for (const owned of shards) owned.step += 1;
    else this.#ports.fenced(shards);
    return outcome;
  }

  async #untilStored(work: OutboundWork): Promise<WriteOutcome> {
    const { transactor, clock, failed } = this.#ports;
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await transactor.store(work);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        failed('store queues', error);
        if (signal.aborted) return 'fenced';
        await clock.delay(pauseMs, signal);
      }
    }
  }
}
