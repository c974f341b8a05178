import type { RowPlace } from './row-place.ts';

/** An event of another server whose content is not here, and that no redaction here explains. */
export interface ListedCopy {
  readonly shard: number;
  readonly eventNid: number;
  readonly roomId: string;
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly notedAt: number;
}

export interface RedactedCopyQuery {
  /** The last one of the page before. */
  readonly after?: RowPlace | undefined;
  readonly limit: number;
  readonly roomId?: string | undefined;
}

export interface NotedCopyQuery {
  /** Exclusive, in milliseconds since the epoch. */
  readonly after: number;
  /** Inclusive. */
  readonly until: number;
  readonly limit: number;
}

/** Reads which events are redacted copies: their content did not match its hash when they came. Throws `StorageError`. */
export interface RedactedCopyReader {
  /** In the order of shards, then as they were numbered. */
  listRedactedCopies(query: RedactedCopyQuery): Promise<ListedCopy[]>;
  /** Those that came within some time, the newest first. */
  listNotedCopies(query: NotedCopyQuery): Promise<ListedCopy[]>;
}
