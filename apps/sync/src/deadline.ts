import type { Clock } from '@plexus/matrix-base';

/** A signal that aborts when the time is over, or when one of the others does. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends the timer; the signal then never aborts by time. */
  cancel(): void;
}

/** @NOTE Reasons of their own: the default one is an exception with a stack, made anew for each request. */
const [OVER, CANCELLED] = ['over', 'cancelled'];

export function deadlineAfter(ms: number, clock: Clock, others: readonly AbortSignal[] = []): Deadline {
  const over = new AbortController();
  const timer = new AbortController();
  const abort = (): void => over.abort(OVER);
  const end = (): void => {
    timer.abort(CANCELLED);
    for (const other of others) other.removeEventListener('abort', abort);
  };
  for (const other of others) {
    if (other.aborted) abort();
    other.addEventListener('abort', abort, { once: true });
  }
  void clock.delay(ms, timer.signal).then(() => {
    if (!timer.signal.aborted) abort();
  });
  return { signal: over.signal, cancel: end };
}
