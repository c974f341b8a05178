import { setTimeout } from 'node:timers/promises';
import { usageOf } from './process-usage.ts';
import type { Target } from './targets/target.ts';

const WINDOW_MS = 500;
/** Of one processor: what all targets take together while nobody asks them anything is less. */
const AT_REST = 0.3;
/** After a join to 20,000 Synapse takes minutes. */
const LONGEST_MS = 15 * 60_000;

/**
 * Resolves when no target has anything left to do of what it was asked: after a join Synapse is busy for seconds with what nobody waits for, on a
 * processor that whoever is measured next would lack. Throws where that never ends.
 */
export async function waitForRest(targets: readonly Target[]): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  const pids = targets.flatMap((target) => target.pids());
  let before = usageOf(pids).cpuSeconds;
  do {
    await setTimeout(WINDOW_MS);
    const now = usageOf(pids).cpuSeconds;
    if (now - before < (AT_REST * WINDOW_MS) / 1_000) return;
    before = now;
  } while (performance.now() < end);
  throw new Error(`${targets.map(({ name }) => name).join(', ')}: still at work after ${LONGEST_MS / 1_000} s`);
}
