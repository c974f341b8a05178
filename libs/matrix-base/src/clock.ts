/** The time, as an argument: nothing below the shell asks the machine for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after at least `ms` milliseconds, or at once when `signal` aborts. */
  delay(ms: number, signal?: AbortSignal): Promise<void>;
}
