import type { Clock } from '@plexus/matrix-base';
import type { ServerKeyRepository } from '@plexus/storage';

const PAUSE_MS = 3_600_000;
/** Nobody asks a notary for what was valid so long ago, and the keys stay. */
const KEPT_MS = 30 * 86_400_000;
const AT_ONCE = 1_000;

/** Forgets what servers published of their keys long ago, until the signal aborts. */
export async function forgetDocumentsUntil(
  signal: AbortSignal,
  {
    keys,
    clock,
    failed,
  }: {
    readonly keys: Pick<ServerKeyRepository, 'forgetDocuments'>;
    readonly clock: Clock;
    readonly failed: (error: unknown) => void;
  },
): Promise<void> {
  while (!signal.aborted) {
    await clock.delay(PAUSE_MS, signal);
    if (signal.aborted) return;
    try {
      while ((await keys.forgetDocuments(KEPT_MS, AT_ONCE)) === AT_ONCE) signal.throwIfAborted();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }
}
