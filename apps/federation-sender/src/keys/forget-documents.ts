import { forgetUntil } from '@plexus/storage';
import type { Forgetting, ServerKeyRepository } from '@plexus/storage';

interface Ports extends Pick<Forgetting, 'clock' | 'failed'> {
  readonly keys: Pick<ServerKeyRepository, 'forgetDocuments'>;
}

const PAUSE_MS = 3_600_000;
/** Of documents so large that a hostile server could fill the disk with them; the keys stay. */
const KEPT_MS = 30 * 86_400_000;
const AT_ONCE = 1_000;

/** Forgets what servers published of very many keys long ago, until the signal aborts. */
export function forgetDocumentsUntil(signal: AbortSignal, { keys, clock, failed }: Ports): Promise<void> {
  const forget = (atOnce: number): Promise<number> => keys.forgetDocuments(KEPT_MS, atOnce);
  return forgetUntil(signal, { pauseMs: PAUSE_MS, atOnce: AT_ONCE, forget, clock, failed });
}
