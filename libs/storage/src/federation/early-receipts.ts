/** A receipt of another server's user for an event that is not in its room yet. */
export interface EarlyReceipt {
  readonly roomId: string;
  readonly userId: string;
  /** Empty: of no thread. */
  readonly threadId: string;
  readonly eventId: string;
  readonly origin: string;
  /** Milliseconds since the epoch. */
  readonly setAt: number;
}

/** Keeps receipts that wait for their events, for the case that the process that waits dies. Throws `StorageError`. */
export interface EarlyReceiptRepository {
  /** Durable when it resolves. Of a user's receipts in one thread of a room the last one stays; for so long it is the caller's. */
  storeEarly(receipts: readonly EarlyReceipt[], keptForMs: number): Promise<void>;
  /** They are set or given up; one that another has replaced meanwhile stays. */
  removeEarly(receipts: readonly EarlyReceipt[]): Promise<void>;
  /** At most so many of which nobody has heard for as long as they were kept for; now they are the caller's. */
  takeAbandoned(most: number, keptForMs: number): Promise<EarlyReceipt[]>;
}
