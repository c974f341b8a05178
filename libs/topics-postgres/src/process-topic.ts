import type { ArrivedRecord, RecordCodec } from '@plexus/topics';
import type { EncodedRecord } from './durable-log.ts';

/** A record before somebody decodes it: the first who does does so for all who listen. */
export interface RawRecord extends Omit<ArrivedRecord<never>, 'decode'> {
  /** Throws where the bytes are no such record. */
  decodeOnce<T>(codec: RecordCodec<T>): T;
}

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
    const raw = records.map((record, index) => rawRecord(record, { offset: first + index, appendedAt }));
    for (const listener of this.#listeners) listener(partition, raw, next);
    return first;
  }

  /** Gives back how to end it. */
  listen(listener: RawListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** @NOTE All listeners of a topic decode by its codec, and none changes what it is given. */
function rawRecord(record: EncodedRecord, place: Pick<RawRecord, 'offset' | 'appendedAt'>): RawRecord {
  let decoded: { readonly value: unknown } | undefined;
  return {
    ...record,
    ...place,
    decodeOnce<T>(codec: RecordCodec<T>): T {
      decoded ??= { value: codec.decode(record.bytes) };
      return decoded.value as T;
    },
  };
}
