import type { AppserviceQueueRecord, AppserviceTransactionRecord } from '@plexus/storage';
import type { QueueChangeOrder } from './appservice-queue.ts';

export interface OrderedQueue {
  readonly queue: AppserviceQueueRecord;
  /** The transaction under way is given up: its items are skipped, or come again in other transactions. */
  readonly givesUpOpen: boolean;
}

/** What a queue is after an administrator's order. A transaction that was begun keeps its content as long as it is not given up as a whole. */
export function applyOrder(
  queue: AppserviceQueueRecord,
  open: AppserviceTransactionRecord | undefined,
  order: QueueChangeOrder,
): OrderedQueue {
  const isGoingOn = { ...queue, failures: 0, dueInMs: undefined, failingSince: undefined, lastError: undefined };
  switch (order.kind) {
    case 'pause':
      return { queue: { ...queue, isPaused: true }, givesUpOpen: false };
    case 'resume':
      return { queue: { ...isGoingOn, isPaused: false }, givesUpOpen: false };
    case 'skip': {
      const isOpenSkipped = open !== undefined && order.upToSeq > open.afterSeq;
      const sent = open === undefined || isOpenSkipped ? queue.takenSeq : open.afterSeq;
      const takenSeq = isOpenSkipped ? Math.max(order.upToSeq, open.upToSeq) : Math.max(order.upToSeq, sent);
      return { queue: { ...isGoingOn, takenSeq: Math.max(takenSeq, queue.takenSeq) }, givesUpOpen: isOpenSkipped };
    }
    case 'replay':
      return { queue: { ...isGoingOn, takenSeq: Math.max(0, order.fromSeq - 1) }, givesUpOpen: open !== undefined };
  }
}
