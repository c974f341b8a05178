/** Passed along unread, for the context of a trace. */
export type RecordHeaders = Readonly<Record<string, string>>;

/** A record on its way in. The key names what it is about; the partition is chosen by the sender, from the key. */
export interface OutgoingRecord<T> {
  readonly key: string;
  readonly value: T;
  readonly headers?: RecordHeaders;
}

/** A record on its way out. */
export interface TopicRecord<T> {
  readonly partition: number;
  /** Grows within a partition, by one or by more. */
  readonly offset: number;
  readonly key: string;
  readonly value: T;
  readonly headers: RecordHeaders;
  /** When the topic took it, in milliseconds since the epoch. */
  readonly appendedAt: number;
  readonly byteLength: number;
}
