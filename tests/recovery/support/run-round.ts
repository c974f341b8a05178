import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { checkHistory } from '../../support/faults/check-history.ts';
import type { History } from '../../support/faults/history.ts';
import { Random } from '../../support/faults/random.ts';
import { gatherHistory } from './gather-history.ts';
import type { Fault, Stage } from './stage.ts';
import { recovered } from './stage.ts';
import type { WorkloadSize } from './workload.ts';
import { Workload } from './workload.ts';

export interface RoundOptions {
  readonly seed: number;
  readonly size?: WorkloadSize;
  /** In this order. */
  readonly faults: (random: Random) => readonly Fault[];
  /** No fault begins later than this; those that are left out are not in the result. */
  readonly budgetMs?: number;
}

/** What a round met, and what the checker found. */
export interface RoundResult {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  readonly seconds: number;
  readonly violations: readonly string[];
}

const FAULT_WITHIN_MS = 300_000;
const SIZE: WorkloadSize = { actors: 6, rooms: 6, remoteSenders: 2, pauseMs: 60 };

/** Clients work, one fault follows the other, then the checker looks at what is left. The deployment is as new. */
export async function runRound(deployment: Deployment, options: RoundOptions): Promise<RoundResult> {
  const began = performance.now();
  const random = new Random(options.seed);
  const workload = await Workload.start(deployment, random.fork(), options.size ?? SIZE);
  const stage: Stage = { deployment, workload, random: random.fork() };
  const happened: string[] = [];
  const problems: string[] = [];
  try {
    await recovered(stage);
    for (const fault of options.faults(random.fork())) {
      if (performance.now() - began > (options.budgetMs ?? Infinity)) break;
      console.log(`  ${fault.name}`);
      happened.push(fault.name);
      await inTime(fault.inflict(stage), fault.name);
      await recovered(stage);
    }
  } catch (error) {
    problems.push(`during ${happened.at(-1) ?? 'the beginning'}: ${String(error)}`);
  }
  try {
    console.log(`  ${secondsSince(began)} s: the clients stop`);
    await workload.stopActors();
    console.log(`  ${secondsSince(began)} s: what is left is gathered`);
    const history = await gatherHistory(deployment, workload);
    console.log(`  ${secondsSince(began)} s: what is left is checked`);
    const violations = [...problems, ...checkHistory(history)];
    return resultOf(history, { seed: options.seed, faults: happened, seconds: secondsSince(began), violations });
  } finally {
    await workload.end();
  }
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

function resultOf({ acknowledged, log }: History, rest: Omit<RoundResult, 'acknowledged' | 'events'>): RoundResult {
  return { ...rest, acknowledged: acknowledged.length, events: log.length };
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 1_000);
}
