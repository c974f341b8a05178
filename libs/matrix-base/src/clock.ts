/** The time, as an argument: nothing below the shell asks the machine for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after at least `ms` milliseconds, or at once when `signal` aborts. */
  delay(ms: number, signal?: AbortSignal): Promise<void>;
  /** As `delay`, but a little sooner or later: at a beat of the process, at which other pauses end too. */
  pause?(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Waits for about `ms` between two looks at something. What a process does at one beat costs it less than waking for each: a processor that has slept
 * finds nothing in its caches.
 */
export function pauseBetweenLooks(
  ms: number,
  clock: Pick<Clock, 'delay' | 'pause'>,
  signal?: AbortSignal,
): Promise<void> {
  return clock.pause === undefined ? clock.delay(ms, signal) : clock.pause(ms, signal);
}
