import { forgetUntil } from '@plexus/storage';
import type { Forgetting, IncomingTransactionRepository } from '@plexus/storage';

interface Ports extends Pick<Forgetting, 'clock' | 'failed'> {
  readonly transactions: Pick<IncomingTransactionRepository, 'forgetTransactions'>;
}

const PAUSE_MS = 10 * 60_000;
const KEPT_MS = 24 * 3_600_000;
const AT_ONCE = 5_000;

/** Forgets transactions that no server repeats any more, until the signal aborts. */
export function forgetTransactionsUntil(signal: AbortSignal, { transactions, clock, failed }: Ports): Promise<void> {
  const forget = (atOnce: number): Promise<number> => transactions.forgetTransactions(KEPT_MS, atOnce);
  return forgetUntil(signal, { pauseMs: PAUSE_MS, atOnce: AT_ONCE, forget, clock, failed });
}
