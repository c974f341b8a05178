import type { Round } from './measure.ts';

/** What the rounds of one scenario on one target come to. */
export interface Summary {
  readonly perSecond: number;
  /** Processor seconds of all processes per 1,000 operations; the same number is milliseconds per operation. */
  readonly cpuPerThousand: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly memoryMiB: number;
}

/** Rates and costs are medians over the rounds, latencies are over all operations, memory is the greatest seen. */
export function summarize(rounds: readonly Round[]): Summary {
  const latencies = rounds.flatMap((round) => round.latenciesMs).toSorted((a, b) => a - b);
  return {
    perSecond: median(rounds.map((round) => round.operations / round.seconds)),
    cpuPerThousand: median(rounds.map((round) => (round.cpuSeconds * 1_000) / round.operations)),
    medianMs: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
    memoryMiB: Math.max(...rounds.map((round) => round.memoryMiB)),
  };
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
