import type { Clock } from '@plexus/matrix-base';

/** Tells one who waits in this process that there is work; what other processes have, they find by looking now and then. */
export class WakeUp {
  #wake: (() => void) | undefined;
  #isPending = false;

  wake(): void {
    this.#isPending = true;
    this.#wake?.();
  }

  /** Resolves when somebody wakes, or after so many milliseconds, or when the signal aborts. */
  async wait(ms: number, clock: Clock, stopping: AbortSignal): Promise<void> {
    if (!this.#isPending) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const ended = new AbortController();
      this.#wake = resolve;
      await Promise.race([promise, clock.delay(ms, AbortSignal.any([stopping, ended.signal]))]);
      this.#wake = undefined;
      ended.abort();
    }
    this.#isPending = false;
  }
}
