/** Queues that are rows, whichever process takes from them. */
export const STORED_QUEUES = [
  'account-events',
  'account-deactivations',
  'admin-jobs',
  'broadcast-recipients',
  'dead-letters',
  'outgoing-edus',
  'parked-pdus',
  'removed-rooms',
  'server-removals',
] as const;

export type StoredQueue = (typeof STORED_QUEUES)[number];

export interface StoredQueueDepth {
  readonly queue: StoredQueue;
  /** What waits; not counted beyond `MOST_COUNTED`. */
  readonly items: number;
  /** Of the oldest, in seconds; nothing where nothing waits or nobody wrote down since when. */
  readonly oldestSeconds: number | undefined;
}

/** Counting ends here: it must not cost more the longer a queue is. */
export const MOST_COUNTED = 10_000;

export interface StoredQueueReader {
  /** One row for each queue. */
  readStoredQueues(): Promise<StoredQueueDepth[]>;
}
