import type { Clock } from '@plexus/matrix-base';
import { StorageError } from './storage-error.ts';

export interface UntilStoredPorts {
  readonly clock: Pick<Clock, 'delay'>;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  /** Told of each failure. */
  failed(error: StorageError): void;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Does some work until storage takes it: after a failure of the infrastructure (`StorageError`) it is done again, with growing pauses; anything else
 * is thrown. Resolves early with the signal. The caller must guarantee that it may be done twice: what failed may have taken place.
 */
export async function untilStored(
  work: () => Promise<void>,
  { clock, signal, failed }: UntilStoredPorts,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      failed(error);
      await clock.delay(pauseMs, signal);
    }
  }
}
