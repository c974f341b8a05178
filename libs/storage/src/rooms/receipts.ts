/** What there is one receipt of. */
export interface ReceiptKey {
  readonly userId: string;
  /** `m.read`, `m.read.private`; empty: implied by the user's own events. */
  readonly receiptType: string;
  /** The id of the thread's root, `main`, or empty for all of the room. */
  readonly threadId: string;
}

/** How far a user has read (https://spec.matrix.org/v1.19/client-server-api/#receipts). */
export interface Receipt extends ReceiptKey {
  readonly eventId: string;
  /** Of the event's row in the room log, by which receipts are ordered; 0 where it has none. */
  readonly eventPosition: number;
  /** Milliseconds since the epoch. */
  readonly setAt: number;
}

/** The counts of a room at an event: how many up to it notify everybody, and how many of these are in threads. */
export interface UnreadMarks {
  readonly notifyCount: number;
  readonly threadNotifyCount: number;
}

/** What an event means to those who have not read it, with the room's counts at it. */
export interface EventUnread extends UnreadMarks {
  /** Whether it notifies everybody who has the predefined push rules. */
  readonly notifies: boolean;
  /** Whether it is a highlight for everybody. */
  readonly highlights: boolean;
  /** Whether its sender joins with it: for them the room begins here. */
  readonly arrives: boolean;
  /** Nothing: in the main timeline. */
  readonly threadId: string | undefined;
}

/** An event that is a highlight for one user, or for everybody. */
export interface NewHighlight {
  readonly shard: number;
  readonly roomNid: number;
  /** Empty: everybody. */
  readonly userId: string;
  /** Of the event's row in the room log. */
  readonly position: number;
  readonly threadId: string | undefined;
  /** Whether the event notifies everybody. */
  readonly isCounted: boolean;
}

/** A receipt as it is to be stored. */
export interface NewReceipt extends Receipt, UnreadMarks {
  readonly shard: number;
  readonly roomNid: number;
  /** Of the row in the room log that brings it; nothing where it is implied. */
  readonly position: number | undefined;
}

export interface ReceiptQuery {
  readonly shard: number;
  readonly roomNid: number;
  /** Private receipts of others are left out. */
  readonly userId: string;
  /** Positions of the rows that brought them: exclusive, and inclusive. */
  readonly after: number;
  readonly upTo: number;
  /** The newest; the user's own come besides. */
  readonly limit: number;
}

/** Reads receipts; any app may. Throws `StorageError` where Postgres fails. */
export interface ReceiptReader {
  /** The newest first. */
  listReceipts(query: ReceiptQuery): Promise<Receipt[]>;
}
