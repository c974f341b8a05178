import type { RecordHeaders, TopicRecord } from './topic-record.ts';
import type { TopicDefinition } from './topic-definition.ts';

/** Consecutive records of one partition. */
export interface RecordBatch<T> {
  readonly partition: number;
  /** Which making of the topic the offsets belong to: store it beside an offset. */
  readonly incarnation: string;
  /** At least one. */
  readonly records: readonly TopicRecord<T>[];
  /** Aborts when the partition is taken away or the consumer stops: results are not wanted any more. */
  readonly signal: AbortSignal;
  /** Says that this record and those before it are done: if handling fails later, it is repeated after this one. */
  done(record: TopicRecord<T>): void;
}

/** A record whose bytes the codec refuses. */
export interface UndecodableRecord {
  readonly partition: number;
  readonly incarnation: string;
  readonly offset: number;
  readonly key: string;
  readonly headers: RecordHeaders;
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

/** The records that were seen and those that come now are not of one row: the topic was made anew, or lost its end. */
export interface TopicReset {
  readonly partition: number;
  readonly incarnation: string;
  /** Where reading would have gone on. */
  readonly expectedOffset: number;
  /** Where it goes on. */
  readonly nextOffset: number;
}

/**
 * Takes the records of partitions: one call at a time per partition, independent of the other partitions. A call that throws is
 * repeated after a pause that grows, for the same records: so only failures of infrastructure may be thrown.
 */
export interface RecordHandler<T> {
  handle(batch: RecordBatch<T>): Promise<void> | void;
  /** In its place among the records; done when it returns. */
  setAside(record: UndecodableRecord): Promise<void> | void;
  /** In its place among the records. */
  reset(reset: TopicReset): Promise<void> | void;
  /** Told of every failure, of the handler's and of the connection's; must not throw. */
  failed(error: unknown, partition?: number): void;
}

/** Where reading begins: at an offset, at the oldest record, or with the next one that is appended. */
export type StartOffset = number | 'earliest' | 'latest';

/** How far a partition is. */
export interface PartitionLag {
  readonly partition: number;
  /** The first offset that is not done. */
  readonly position: number;
  /** The offset that the next appended record gets, as far as is known. */
  readonly highWatermark: number;
  /** Of what is here and not done. */
  readonly queuedBytes: number;
  readonly oldestAgeMs: number;
}

export interface GroupConsumerOptions<T> {
  readonly topic: TopicDefinition<T>;
  readonly group: string;
  /** What `currentOwners` calls this member. */
  readonly address: string;
  /** Who owns partitions now, from the table that decides it: a member that comes or goes moves only what must move. */
  currentOwners(): Promise<ReadonlyMap<number, string>>;
  /** These partitions are this member's now. Others may still handle records of them: fence. */
  assigned(partitions: readonly number[]): void;
  /** These partitions are another member's now, or will be when this resolves. */
  revoked(partitions: readonly number[]): Promise<void> | void;
  /**
   * Asked once after each assignment, and again after a pause where it throws. An offset counts only for the incarnation that it was
   * stored with. Where the offset is no longer there, reading begins at the oldest record.
   */
  startOffset(partition: number, incarnation: string): Promise<StartOffset>;
  readonly handler: RecordHandler<T>;
  /** Nobody owns anything by its partitions: it may take a second or two until members notice another one that comes or goes. */
  readonly isRelaxed?: boolean;
}

/** A member of a group: every partition is handled by one of the members. */
export interface GroupConsumer {
  /** Partitions that are this member's, in order. */
  assignedPartitions(): number[];
  /** Handles no further records of the partition until `resume`; what waits is bounded in bytes. */
  pause(partition: number): void;
  resume(partition: number): void;
  lag(): PartitionLag[];
  /** Lets the running calls end, then `revoked`, then leaves the group; where `revoked` throws, the handler is told that it failed. */
  stop(): Promise<void>;
}

export interface BroadcastReaderOptions<T> {
  readonly topic: TopicDefinition<T>;
  readonly handler: RecordHandler<T>;
  /** While it is connected, every record that is acknowledged from the call on will be delivered, soon. */
  connectionChanged(isConnected: boolean): void;
}

/** Reads all partitions, beside all other readers, beginning with what is appended after it is connected. */
export interface BroadcastReader {
  isConnected(): boolean;
  lag(): PartitionLag[];
  stop(): Promise<void>;
}
