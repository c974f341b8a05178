import type { Clock } from '@plexus/matrix-base';
import type { IncomingTransactionRepository } from '@plexus/storage';

const PAUSE_MS = 10 * 60_000;
const KEPT_MS = 24 * 3_600_000;
const AT_ONCE = 5_000;

/** Forgets transactions that no server repeats any more, until the signal aborts. */
export async function forgetTransactionsUntil(
  signal: AbortSignal,
  {
    transactions,
    clock,
    failed,
  }: {
    readonly transactions: Pick<IncomingTransactionRepository, 'forgetTransactions'>;
    readonly clock: Clock;
    readonly failed: (error: unknown) => void;
  },
): Promise<void> {
  while (!signal.aborted) {
    await clock.delay(PAUSE_MS, signal);
    if (signal.aborted) return;
    try {
      while ((await transactions.forgetTransactions(KEPT_MS, AT_ONCE)) === AT_ONCE) signal.throwIfAborted();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }
}
