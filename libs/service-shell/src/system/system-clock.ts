import type { Clock } from '@plexus/matrix-base';

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, delay };

/** Nobody sets it back or on while the process runs: for what counts durations. */
export const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now(), delay };

/** @NOTE Not the promised timer of Node: each that is given up makes an exception with a stack, and every command gives one up. */
function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);

    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
  });
}
