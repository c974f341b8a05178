import { forgetUntil } from '@plexus/storage';
import type { Forgetting, ToDeviceInbox } from '@plexus/storage';

const PAUSE_MS = 10 * 60_000;
const KEPT_MS = 24 * 3_600_000;
const AT_ONCE = 5_000;

/** Forgets transactions of messages to devices that no client repeats any more, until the signal aborts. */
export function forgetTransactionsUntil(
  signal: AbortSignal,
  { inbox, clock, failed }: Pick<Forgetting, 'clock' | 'failed'> & { readonly inbox: ToDeviceInbox },
): Promise<void> {
  const forget = (atOnce: number): Promise<number> => inbox.forgetTransactions(KEPT_MS, atOnce);
  return forgetUntil(signal, { pauseMs: PAUSE_MS, atOnce: AT_ONCE, forget, clock, failed });
}
