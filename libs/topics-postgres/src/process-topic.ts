import type { RecordHeaders } from '@plexus/topics';

/** A record as its sender gave it. */
export interface SizedRecord {
  readonly key: string;
  readonly headers: RecordHeaders;
  /** Nobody who gets it changes it. */
  readonly value: unknown;
  readonly byteLength: number;
}

/** A record on its way from hand to hand. */
export interface HandedRecord extends SizedRecord {
  readonly offset: number;
  readonly appendedAt: number;
}

export type HandedListener = (partition: number, records: readonly HandedRecord[], nextOffset: number) => void;

/**
 * A topic whose records go to whoever listens in this process, now and without being encoded, and are kept nowhere: what a consumer misses it finds in
 * Postgres. Offsets begin anew with the process.
 */
export class ProcessTopic {
  readonly #nextOffsets: number[];
  readonly #listeners = new Set<HandedListener>();

  constructor(partitions: number) {
    this.#nextOffsets = Array.from({ length: partitions }, () => 0);
  }

  nextOffset(partition: number): number {
    return this.#nextOffsets[partition] ?? 0;
  }

  append(partition: number, records: readonly SizedRecord[], appendedAt: number): number {
    const first = this.nextOffset(partition);
    const next = first + records.length;
    this.#nextOffsets[partition] = next;
    const handed = records.map((record, index) => ({ ...record, offset: first + index, appendedAt }));
    for (const listener of this.#listeners) listener(partition, handed, next);
    return first;
  }

  /** Gives back how to end it. */
  listen(listener: HandedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
