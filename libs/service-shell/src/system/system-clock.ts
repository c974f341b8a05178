import type { Clock } from '@plexus/matrix-base';

/** As often as an idle process wakes for what can wait a little. The patched client of Kafka gives its signs of life at the same beats. */
const BEAT_MS = 500;

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, delay, pause };

/** Nobody sets it back or on while the process runs: for what counts durations. */
export const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now(), delay, pause };

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

/** Beats are counted from the start of the process, so that replicas do not ask all at once. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const now = performance.now();
  const beat = Math.round((now + ms) / BEAT_MS) * BEAT_MS;
  return delay(ms < BEAT_MS ? ms : Math.ceil(beat - now), signal);
}
