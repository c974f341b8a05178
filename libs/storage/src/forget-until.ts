import type { Clock } from '@plexus/matrix-base';

export interface Forgetting {
  /** Before each round, the first one too. */
  readonly pauseMs: number;
  /** So many rows one statement removes at most. */
  readonly atOnce: number;
  /** Removes up to so many rows that are too old; resolves to how many there were. */
  forget(atOnce: number): Promise<number>;
  readonly clock: Pick<Clock, 'delay'>;
  /** Told of each round that failed; the next one goes on. */
  failed(error: unknown): void;
}

/** Forgets what is too old, a piece at a time, now and again until the signal aborts. */
export async function forgetUntil(
  signal: AbortSignal,
  { pauseMs, atOnce, forget, clock, failed }: Forgetting,
): Promise<void> {
  while (!signal.aborted) {
    await clock.delay(pauseMs, signal);
    if (signal.aborted) return;
    try {
      while ((await forget(atOnce)) === atOnce) signal.throwIfAborted();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }
}
