import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, delay };

async function delay(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
