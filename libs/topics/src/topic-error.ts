/**
 * `unavailable`: the broker or the database failed or cannot be reached; a record that was being sent may or may not be in the topic.
 * `queue-full`: too many bytes wait already. `record-too-large`, `unknown-topic`, `unknown-partition`: the caller asked for what
 * cannot be. `partition-count`: the topic exists with another number of partitions. `closed`: the connection was closed here.
 */
export type TopicErrorKind =
  | 'unavailable'
  | 'queue-full'
  | 'record-too-large'
  | 'unknown-topic'
  | 'unknown-partition'
  | 'partition-count'
  | 'closed';

/** The topics' infrastructure failed, or was asked for what it cannot give. */
export class TopicError extends Error {
  override readonly name = 'TopicError';
  readonly kind: TopicErrorKind;

  constructor(kind: TopicErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
  }
}
