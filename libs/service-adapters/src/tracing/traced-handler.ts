import { beginSpan } from '@plexus/service-shell';
import type { BegunSpan, TracedRows } from '@plexus/service-shell';
import type {
  RecordBatch,
  RecordHandler,
  TopicDefinition,
  TopicRecord,
  TopicReset,
  UndecodableRecord,
} from '@plexus/topics';
import { rowOfRecord } from './row-of-record.ts';

export interface TracedHandlerOptions<T> {
  readonly topic: TopicDefinition<T>;
  /** Nothing for who reads all. */
  readonly group?: string;
  readonly rows: TracedRows;
}

/** Makes a span of the handling of each record that comes of a recorded trace, and remembers which rows of the room log are of one. */
export class TracedHandler<T> implements RecordHandler<T> {
  readonly #handler: RecordHandler<T>;
  readonly #options: TracedHandlerOptions<T>;

  constructor(handler: RecordHandler<T>, options: TracedHandlerOptions<T>) {
    this.#handler = handler;
    this.#options = options;
  }

  handle(batch: RecordBatch<T>): Promise<void> | void {
    const traced = batch.records.filter(({ headers }) => headers['traceparent'] !== undefined);
    return traced.length === 0 ? this.#handler.handle(batch) : this.#handleTraced(batch, traced);
  }

  setAside(record: UndecodableRecord): Promise<void> | void {
    return this.#handler.setAside(record);
  }

  reset(reset: TopicReset): Promise<void> | void {
    return this.#handler.reset(reset);
  }

  failed(error: unknown, partition?: number): void {
    this.#handler.failed(error, partition);
  }

  async #handleTraced(batch: RecordBatch<T>, traced: readonly TopicRecord<T>[]): Promise<void> {
    const spans = traced.map((record) => this.#begin(record)).filter((span) => span !== undefined);
    try {
      await this.#handler.handle(batch);
      for (const span of spans) span.end();
    } catch (error) {
      for (const span of spans) span.end({ error });
      throw error;
    }
  }

  #begin({ headers, value, appendedAt }: TopicRecord<T>): BegunSpan | undefined {
    const { topic, group, rows } = this.#options;
    const traceparent = headers['traceparent'] ?? '';
    const row = rowOfRecord(topic, value);
    // In one process with who wrote the row, or has read it before, it is known already.
    if (row !== undefined && rows.find(row.shard, row.position) === undefined) rows.remember({ ...row, traceparent });
    return beginSpan({
      name: `receive ${topic.name}`,
      kind: 'consumer',
      traceparent,
      attributes: {
        'messaging.destination.name': topic.name,
        'plexus.waited_ms': Date.now() - appendedAt,
        ...(group !== undefined && { 'messaging.consumer.group.name': group }),
      },
    });
  }
}
