import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Scene } from './stage.ts';
import { recovered } from './stage.ts';

export interface Inflicted {
  /** The names of the faults, in their order. */
  readonly happened: readonly string[];
  /** What did not come to an end, or did not recover. */
  readonly problems: readonly string[];
}

const FAULT_WITHIN_MS = 300_000;

/** One fault follows the other, each when everything has recovered from the one before. None begins after the budget is spent. */
export async function inflictAll<Where extends Scene>(
  stage: Where,
  faults: readonly Fault<Where>[],
  budgetMs: number,
): Promise<Inflicted> {
  const began = performance.now();
  const happened: string[] = [];
  try {
    await recovered(stage);
    for (const fault of faults) {
      if (performance.now() - began > budgetMs) break;
      console.log(`  ${Math.round((performance.now() - began) / 1_000)} s: ${fault.name}`);
      happened.push(fault.name);
      await inTime(fault.inflict(stage), fault.name);
      await recovered(stage);
    }
  } catch (error) {
    return { happened, problems: [`during ${happened.at(-1) ?? 'the beginning'}: ${String(error)}`] };
  }
  return { happened, problems: [] };
}

/** A fault that does not come to an end is a finding as well. */
async function inTime(inflicting: Promise<void>, name: string): Promise<void> {
  const stopped = new AbortController();
  const tooLate = delay(FAULT_WITHIN_MS, undefined, { signal: stopped.signal }).then(() => {
    throw new Error(`${name} has no end`);
  });
  try {
    await Promise.race([inflicting, tooLate]);
  } finally {
    stopped.abort();
    tooLate.catch(() => undefined);
  }
}
