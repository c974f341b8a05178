import type { TopicDefinition } from './topic-definition.ts';
import type { OutgoingRecord } from './topic-record.ts';

/** What waits to be sent to one topic. */
export interface ProducerDepth {
  readonly topic: string;
  readonly records: number;
  readonly bytes: number;
  readonly oldestAgeMs: number;
}

/** Appends records to partitions. */
export interface Producer {
  /**
   * Appends records to a partition, in this order and after everything that was sent to it before. Resolves with the offset of the
   * first one once all of them are durable: all in-sync replicas, or a committed transaction, have them (topics that may lose records
   * within one process: once consumers will see them).
   *
   * Throws `TopicError`. After `unavailable` the records may be in the topic or not, and what was sent after them may be there: send
   * again what has to be there, and let consumers drop what they have seen.
   */
  send<T>(
    topic: TopicDefinition<T>,
    partition: number,
    records: readonly OutgoingRecord<NoInfer<T>>[],
  ): Promise<number>;

  /** Per topic that has anything waiting. */
  depth(): ProducerDepth[];
}
