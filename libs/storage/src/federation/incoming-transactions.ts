/** Names a transaction: a server gives each that it sends to a hosted one another id. */
export interface IncomingTransactionKey {
  readonly origin: string;
  /** The hosted server that it was sent to. */
  readonly destination: string;
  readonly transactionId: string;
}

/** Transactions of other servers that are done, so that a repeated one gets the same answer. Throws `StorageError`. */
export interface IncomingTransactionRepository {
  findAnswer(key: IncomingTransactionKey): Promise<string | undefined>;
  /** The first answer stays. */
  storeAnswer(key: IncomingTransactionKey, answer: string): Promise<void>;
  /** Forgets those of long ago, at most so many; returns how many. */
  forgetTransactions(olderThanMs: number, most: number): Promise<number>;
}
