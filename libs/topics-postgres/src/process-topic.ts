import type { ArrivedRecord } from '@plexus/topics';
import type { EncodedRecord } from './durable-log.ts';

/** A record before somebody decodes it. */
export type RawRecord = Omit<ArrivedRecord<never>, 'decode'>;

export type RawListener = (partition: number, records: readonly RawRecord[], nextOffset: number) => void;

/**
 * A topic whose records go to whoever listens in this process, now, and are kept nowhere: what a consumer misses it finds in Postgres.
 * Offsets begin anew with the process.
 */
export class ProcessTopic {
  readonly #nextOffsets: number[];
  readonly #listeners = new Set<RawListener>();

  constructor(partitions: number) {
    this.#nextOffsets = Array.from({ length: partitions }, () => 0);
  }

  nextOffset(partition: number): number {
    return this.#nextOffsets[partition] ?? 0;
  }

  append(partition: number, records: readonly EncodedRecord[], appendedAt: number): number {
    const first = this.nextOffset(partition);
    const next = first + records.length;
    this.#nextOffsets[partition] = next;
    const raw = records.map((record, index) => ({ ...record, offset: first + index, appendedAt }));
    for (const listener of this.#listeners) listener(partition, raw, next);
    return first;
  }

  /** Gives back how to end it. */
  listen(listener: RawListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
