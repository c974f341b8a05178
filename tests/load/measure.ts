import { usageOf } from './process-usage.ts';
import type { Target } from './targets/target.ts';

/** One round of one scenario against one target. */
export interface Round {
  readonly operations: number;
  readonly seconds: number;
  /** Of all processes of the target. */
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
  /** Of each operation, in milliseconds, in no order. */
  readonly latenciesMs: readonly number[];
}

/** Runs operations one after another in each of `concurrency` lanes for `seconds`, and counts what they cost the target. */
export async function measureFor(
  target: Target,
  load: { seconds: number; concurrency: number },
  operation: (lane: number, index: number) => Promise<void>,
): Promise<Round> {
  return measure(target, async (latencies) => {
    const end = performance.now() + load.seconds * 1_000;
    let index = 0;
    const lane = async (number: number): Promise<void> => {
      while (performance.now() < end) await timed(latencies, () => operation(number, index++));
    };
    await Promise.all(Array.from({ length: load.concurrency }, (_, number) => lane(number)));
  });
}

/** Runs a number of operations with `concurrency` of them at once. */
export async function measureCount(
  target: Target,
  load: { count: number; concurrency: number },
  operation: (index: number) => Promise<void>,
): Promise<Round> {
  return measure(target, async (latencies) => {
    let index = 0;
    const lane = async (): Promise<void> => {
      while (index < load.count) {
        const own = index++;
        await timed(latencies, () => operation(own));
      }
    };
    await Promise.all(Array.from({ length: load.concurrency }, lane));
  });
}

/** Begins an operation every `1 / perSecond`, whether or not the one before it has ended. */
export async function measurePaced(
  target: Target,
  load: { seconds: number; perSecond: number },
  operation: (index: number) => Promise<void>,
): Promise<Round> {
  return measure(target, async (latencies) => {
    const running: Promise<void>[] = [];
    const begin = performance.now();
    for (let index = 0; index < load.seconds * load.perSecond; index += 1) {
      const due = begin + (index * 1_000) / load.perSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      running.push(timed(latencies, () => operation(index)));
    }
    await Promise.all(running);
  });
}

/** Measures work that is done in one go and counts as so many operations; it gives the latencies that it saw. */
export async function measureWhole(
  target: Target,
  operations: number,
  run: () => Promise<readonly number[]>,
): Promise<Round> {
  const round = await measure(target, async (latencies) => {
    for (const latency of await run()) latencies.push(latency);
  });
  return { ...round, operations };
}

async function measure(target: Target, run: (latencies: number[]) => Promise<void>): Promise<Round> {
  const latenciesMs: number[] = [];
  const before = usageOf(target.pids());
  const begin = performance.now();
  await run(latenciesMs);
  const seconds = (performance.now() - begin) / 1_000;
  const after = usageOf(target.pids());
  return {
    operations: latenciesMs.length,
    seconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    memoryMiB: after.memoryMiB,
    latenciesMs,
  };
}

async function timed(latencies: number[], operation: () => Promise<void>): Promise<void> {
  const begin = performance.now();
  await operation();
  latencies.push(performance.now() - begin);
}
