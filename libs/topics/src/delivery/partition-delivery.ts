import type { Clock } from '@plexus/matrix-base';
import type { PartitionLag, RecordBatch, RecordHandler } from '../consumer.ts';
import type { RecordHeaders, TopicRecord } from '../topic-record.ts';
import type { DeliveryLimits } from './delivery-limits.ts';

/** A record as it comes from a broker. */
export interface ArrivedRecord<T> {
  readonly offset: number;
  readonly key: string;
  readonly headers: RecordHeaders;
  readonly appendedAt: number;
  readonly byteLength: number;
  /** Throws where the bytes are no such record. */
  decode(): T;
  /** What could not be decoded. */
  readonly bytes: Uint8Array;
}

export interface PartitionDeliveryOptions<T> {
  readonly partition: number;
  readonly handler: RecordHandler<T>;
  readonly clock: Clock;
  readonly limits: DeliveryLimits;
  /** There is room again after `isFull` was true. */
  readonly hasRoom?: () => void;
}

type Step<T> =
  | {
      readonly kind: 'reset';
      readonly expectedOffset: number;
      readonly nextOffset: number;
      readonly incarnation: string;
    }
  | { readonly kind: 'records'; readonly batch: RecordBatch<T>; readonly doneCount: () => number }
  | { readonly kind: 'undecodable'; readonly record: ArrivedRecord<T>; readonly error: unknown };

type Reset<T> = Extract<Step<T>, { kind: 'reset' }>;

/**
 * Hands the records of one partition to a handler, in order, one call at a time, repeating what failed:
 *
 *     start ──> waiting ──records──> handling ──ok──> waiting
 *                  ^                  │    ^
 *                  │                throws │ after a pause that grows
 *               resume                └────┘
 *                  │
 *               paused             stop: ends after the running call
 *
 * Adapters put records in as they come, with whatever comes twice; what was taken before is dropped by its offset.
 */
export class PartitionDelivery<T> {
  readonly partition: number;
  readonly #options: PartitionDeliveryOptions<T>;
  readonly #stopped = new AbortController();
  readonly #queue: (ArrivedRecord<T> | Reset<T>)[] = [];
  #queuedBytes = 0;
  #nextOffset: number | undefined;
  #highWatermark = 0;
  #incarnation = '';
  #handledIncarnation = '';
  #inHand = 0;
  #isPaused = false;
  #wasFull = false;
  #running: Promise<void> | undefined;

  constructor(options: PartitionDeliveryOptions<T>) {
    this.partition = options.partition;
    this.#options = options;
  }

  /** From now on takes records of this incarnation at and after `offset`. */
  start(offset: number, incarnation: string): void {
    this.#nextOffset = offset;
    this.#incarnation = incarnation;
    this.#handledIncarnation = incarnation;
    this.#highWatermark = offset;
  }

  /** The first offset that was not taken yet; undefined before `start`. */
  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  /** Of what is taken now; what waits may be of an earlier one. */
  get incarnation(): string {
    return this.#incarnation;
  }

  get isFull(): boolean {
    return this.#queuedBytes >= this.#options.limits.queuedBytes;
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Takes records, in order; drops those that it has taken before, and all of them before `start`. */
  push(records: readonly ArrivedRecord<T>[], highWatermark: number): void {
    if (this.#nextOffset === undefined || this.isStopped) return;
    this.#highWatermark = highWatermark;
    for (const record of records) {
      if (record.offset < this.#nextOffset) continue;
      this.#queue.push(record);
      this.#queuedBytes += record.byteLength;
      this.#nextOffset = record.offset + 1;
    }
    this.#wasFull ||= this.isFull;
    this.#run();
  }

  /** What was taken and what comes are not of one row: the handler is told between the two. */
  reset(nextOffset: number, incarnation: string): void {
    const expectedOffset = this.#nextOffset ?? 0;
    this.#queue.push({ kind: 'reset', expectedOffset, nextOffset, incarnation });
    this.#nextOffset = nextOffset;
    this.#incarnation = incarnation;
    this.#highWatermark = nextOffset;
    this.#run();
  }

  /** Forgets the oldest records that wait, down to the bound in bytes; for topics whose loss others repair. */
  dropOverflow(): void {
    const { limits } = this.#options;
    while (this.#queuedBytes > limits.queuedBytes && this.#queue.length > this.#inHand) {
      const [dropped] = this.#queue.splice(this.#inHand, 1);
      if (dropped !== undefined && 'byteLength' in dropped) this.#queuedBytes -= dropped.byteLength;
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#run();
  }

  lag(): PartitionLag | undefined {
    if (this.#nextOffset === undefined) return undefined;
    const oldest = this.#queue.find((item) => 'appendedAt' in item);
    return {
      partition: this.partition,
      position: oldest?.offset ?? this.#nextOffset,
      highWatermark: Math.max(this.#highWatermark, this.#nextOffset),
      queuedBytes: this.#queuedBytes,
      oldestAgeMs: oldest === undefined ? 0 : Math.max(0, this.#options.clock.now() - oldest.appendedAt),
    };
  }

  /** Takes nothing more; resolves when the running call, if any, has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  #run(): void {
    if (this.#running !== undefined || this.#isPaused || this.#queue.length === 0 || this.isStopped) return;
    this.#running = this.#handleAll().finally(() => {
      this.#running = undefined;
      this.#run();
    });
  }

  async #handleAll(): Promise<void> {
    const { clock, handler, limits } = this.#options;
    let retryMs = limits.firstRetryMs;
    while (!this.isStopped && !this.#isPaused && this.#queue.length > 0) {
      const step = this.#nextStep();
      this.#inHand = step.kind === 'records' ? step.batch.records.length : 1;
      try {
        await this.#handleStep(step);
        this.#remove(this.#inHand);
        retryMs = limits.firstRetryMs;
      } catch (error) {
        this.#remove(step.kind === 'records' ? step.doneCount() : 0);
        handler.failed(error, this.partition);
        await clock.delay(retryMs, this.#stopped.signal);
        retryMs = Math.min(retryMs * 2, limits.lastRetryMs);
      }
    }
  }

  async #handleStep(step: Step<T>): Promise<void> {
    const { handler } = this.#options;
    const { partition } = this;
    if (step.kind === 'records') return handler.handle(step.batch);
    if (step.kind === 'undecodable') {
      const { offset, key, headers, bytes } = step.record;
      const { error } = step;
      return handler.setAside({ partition, incarnation: this.#handledIncarnation, offset, key, headers, bytes, error });
    }
    const { expectedOffset, nextOffset, incarnation } = step;
    this.#handledIncarnation = incarnation;
    return handler.reset({ partition, incarnation, expectedOffset, nextOffset });
  }

  /** The longest run of records at the head of the queue that fits into a batch, or the one thing at its head. */
  #nextStep(): Step<T> {
    const { limits } = this.#options;
    const records: TopicRecord<T>[] = [];
    let bytes = 0;
    for (const item of this.#queue) {
      if (!('byteLength' in item)) {
        if (records.length === 0) return item;
        break;
      }
      const isOver = records.length >= limits.batchRecords || bytes + item.byteLength > limits.batchBytes;
      if (records.length > 0 && isOver) break;
      const decoded = decodeRecord(item, this.partition);
      if ('error' in decoded) {
        if (records.length === 0) return { kind: 'undecodable', record: item, error: decoded.error };
        break;
      }
      bytes += item.byteLength;
      records.push(decoded.record);
    }
    return this.#batchOf(records);
  }

  #batchOf(records: readonly TopicRecord<T>[]): Step<T> {
    let doneCount = 0;
    const batch: RecordBatch<T> = {
      partition: this.partition,
      incarnation: this.#handledIncarnation,
      records,
      signal: this.#stopped.signal,
      done: (record) => {
        doneCount = Math.max(doneCount, records.findIndex(({ offset }) => offset === record.offset) + 1);
      },
    };
    return { kind: 'records', batch, doneCount: () => doneCount };
  }

  #remove(count: number): void {
    this.#inHand = 0;
    for (const item of this.#queue.splice(0, count)) if ('byteLength' in item) this.#queuedBytes -= item.byteLength;
    if (!this.#wasFull || this.#queuedBytes >= this.#options.limits.queuedBytes / 2) return;
    this.#wasFull = false;
    this.#options.hasRoom?.();
  }
}

function decodeRecord<T>(item: ArrivedRecord<T>, partition: number): { record: TopicRecord<T> } | { error: unknown } {
  try {
    const { offset, key, headers, appendedAt, byteLength } = item;
    return { record: { partition, offset, key, headers, appendedAt, byteLength, value: item.decode() } };
  } catch (error) {
    return { error };
  }
}
