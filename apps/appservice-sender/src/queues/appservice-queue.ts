import type { AppserviceQueueRecord, AppserviceTransactionRecord } from '@plexus/storage';

/** Of what was never begun. */
const ENDED = Promise.resolve();

/** The queue of one application service, as its owner has it. */
export class AppserviceQueue {
  /** As it is stored, or is being stored. */
  record: AppserviceQueueRecord;
  /** The transaction that is under way, also one that a former owner left behind. */
  open: AppserviceTransactionRecord | undefined;
  /** Not before this time, by the clock of the process. */
  retryAt: number | undefined;
  isRunning = false;
  /** Resolves when the work that was begun last has ended. */
  ended = ENDED;
  /** There may be more than was seen when it was looked at last. */
  hasNews = true;
  /** What an administrator asks for goes before the next transaction. */
  readonly orders: QueueOrder[] = [];

  constructor(record: AppserviceQueueRecord, open: AppserviceTransactionRecord | undefined, now: number) {
    this.record = record;
    this.open = open;
    if (record.dueInMs !== undefined && record.dueInMs > 0) this.retryAt = now + record.dueInMs;
  }

  get id(): string {
    return this.record.appserviceId;
  }

  get hasWork(): boolean {
    return this.hasNews || this.open !== undefined || this.orders.length > 0;
  }

  isLeftAlone(now: number): boolean {
    return this.retryAt !== undefined && this.retryAt > now;
  }
}

/** How an administrator changes a queue; each answers when it is stored. */
export type QueueOrder = {
  readonly resolve: (outcome: 'done' | 'not-owned') => void;
} & QueueChangeOrder;

export type QueueChangeOrder =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Items up to this one are not sent. */
  | { readonly kind: 'skip'; readonly upToSeq: number }
  /** Goes back to this item. */
  | { readonly kind: 'replay'; readonly fromSeq: number };
