import type { Clock } from '@plexus/matrix-base';
import type { RecordHandler, StartOffset } from '../consumer.ts';
import type { DeliveryLimits } from './delivery-limits.ts';
import type { ArrivedRecord } from './partition-delivery.ts';
import { PartitionDelivery } from './partition-delivery.ts';

/** Between which offsets a partition has records, and which making of the topic they are of. */
export interface PartitionEdges {
  readonly incarnation: string;
  /** Of the oldest record that is kept; equals `latest` where there is none. */
  readonly earliest: number;
  /** Of the record that is appended next. */
  readonly latest: number;
}

/** A log that is asked for what it has. */
export interface PartitionSource<T> {
  readEdges(partition: number): Promise<PartitionEdges>;
  /** The oldest records at and after an offset, some of them where there are any. */
  readRecords(partition: number, fromOffset: number): Promise<readonly ArrivedRecord<T>[]>;
}

export interface PartitionPullOptions<T> {
  readonly partition: number;
  readonly source: PartitionSource<T>;
  readonly startOffset: (partition: number, incarnation: string) => Promise<StartOffset>;
  readonly handler: RecordHandler<T>;
  readonly clock: Clock;
  readonly limits: DeliveryLimits;
}

/** Delivers a partition of a log that has to be asked: at the start, after every `wake`, and when there is room again. */
export class PartitionPull<T> {
  readonly delivery: PartitionDelivery<T>;
  readonly #options: PartitionPullOptions<T>;
  readonly #stopped = new AbortController();
  #isWanted = true;
  #pulling: Promise<void> | undefined;

  constructor(options: PartitionPullOptions<T>) {
    const { partition, handler, clock, limits } = options;
    this.#options = options;
    this.delivery = new PartitionDelivery({ partition, handler, clock, limits, hasRoom: () => this.wake() });
    this.wake();
  }

  /** There may be something new. */
  wake(): void {
    this.#isWanted = true;
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = undefined;
      if (this.#isWanted && !this.delivery.isFull && !this.#stopped.signal.aborted) this.wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.delivery.stop();
    await this.#pulling;
  }

  async #pull(): Promise<void> {
    const { clock, handler, limits, partition } = this.#options;
    let retryMs = limits.firstRetryMs;
    while (this.#isWanted && !this.delivery.isFull && !this.#stopped.signal.aborted) {
      this.#isWanted = false;
      try {
        if (await this.#pullOnce()) this.#isWanted = true;
        retryMs = limits.firstRetryMs;
      } catch (error) {
        handler.failed(error, partition);
        await clock.delay(retryMs, this.#stopped.signal);
        retryMs = Math.min(retryMs * 2, limits.lastRetryMs);
        this.#isWanted = true;
      }
    }
  }

  /** True where more may be had at once. */
  async #pullOnce(): Promise<boolean> {
    const { partition, source } = this.#options;
    const edges = await source.readEdges(partition);
    const from = this.delivery.nextOffset ?? (await this.#start(edges));
    if (edges.incarnation !== this.delivery.incarnation || edges.latest < from) {
      this.delivery.reset(edges.earliest, edges.incarnation);
      return true;
    }
    if (edges.latest === from) return false;
    const records = await source.readRecords(partition, from);
    this.delivery.push(records, edges.latest);
    return records.length > 0;
  }

  /** An offset of another incarnation that the caller gives anyway is found by the comparison that follows. */
  async #start(edges: PartitionEdges): Promise<number> {
    const { partition, startOffset } = this.#options;
    const wanted = await startOffset(partition, edges.incarnation);
    const offset = typeof wanted === 'number' ? wanted : edges[wanted];
    this.delivery.start(offset, edges.incarnation);
    return offset;
  }
}
