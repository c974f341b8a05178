import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { checkHistory } from '../../support/faults/check-history.ts';
import type { History } from '../../support/faults/history.ts';
import { Random } from '../../support/faults/random.ts';
import { gatherHistory } from './gather-history.ts';
import { inflictAll } from './inflict-all.ts';
import { isFull } from './settings.ts';
import type { Fault, Stage } from './stage.ts';
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

const SIZE: WorkloadSize = { actors: 6, rooms: 6, remoteSenders: 2, pauseMs: isFull ? 60 : 120 };

/** Clients work, one fault follows the other, then the checker looks at what is left. The deployment is as new. */
export async function runRound(deployment: Deployment, options: RoundOptions): Promise<RoundResult> {
  const began = performance.now();
  const random = new Random(options.seed);
  const workload = await Workload.start(deployment, random.fork(), options.size ?? SIZE);
  const stage: Stage = { deployment, workload, random: random.fork() };
  const budgetMs = (options.budgetMs ?? Infinity) - (performance.now() - began);
  const { happened, problems } = await inflictAll(stage, options.faults(random.fork()), budgetMs);
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

function resultOf({ acknowledged, log }: History, rest: Omit<RoundResult, 'acknowledged' | 'events'>): RoundResult {
  return { ...rest, acknowledged: acknowledged.length, events: log.length };
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 1_000);
}
