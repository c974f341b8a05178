import type { Clock } from '@plexus/matrix-base';
import type { RequestEnd } from './sessions/request-end.ts';

/** A signal that aborts when the time is over, or when a request ends. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends the timer; the signal then never aborts. */
  cancel(): void;
}

/** @NOTE Reasons of their own: the default one is an exception with a stack. */
const [OVER, CANCELLED] = ['over', 'cancelled'];

export function deadlineAfter(ms: number, clock: Clock, end?: RequestEnd): Deadline {
  const over = new AbortController();
  const timer = new AbortController();
  const abort = (): void => over.abort(OVER);
  const cancel = (): void => {
    timer.abort(CANCELLED);
    end?.listen(undefined);
  };
  if (end?.reason !== undefined) abort();
  end?.listen(abort);
  void clock.delay(ms, timer.signal).then(() => {
    if (!timer.signal.aborted) abort();
  });
  return { signal: over.signal, cancel };
}
