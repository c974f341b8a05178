import type { Clock } from '@plexus/matrix-base';

/** A signal that aborts when the time is over, or when one of the others does. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends the timer; the signal then never aborts by time. */
  cancel(): void;
}

export function deadlineAfter(ms: number, clock: Clock, others: readonly AbortSignal[] = []): Deadline {
  const over = new AbortController();
  const timer = new AbortController();
  const abort = (): void => over.abort();
  const end = (): void => {
    timer.abort();
    for (const other of others) other.removeEventListener('abort', abort);
  };
  for (const other of others) {
    if (other.aborted) over.abort();
    other.addEventListener('abort', abort, { once: true });
  }
  void clock.delay(ms, timer.signal).then(() => {
    if (!timer.signal.aborted) over.abort();
  });
  return { signal: over.signal, cancel: end };
}
