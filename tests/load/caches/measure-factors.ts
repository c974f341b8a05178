import { estimateHitRate, SAMPLED_FACTORS } from '@plexus/cache';
import type { SampledFactor } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import { systemClock } from '@plexus/service-shell';
import { aliases, cachesOver, VALUE } from './measured-caches.ts';

export interface FactorRun {
  readonly factor: number;
  readonly process: number;
  readonly both: number;
}

export interface FactorRuns {
  readonly runs: readonly FactorRun[];
  /** What a process with factor 1 says that it would answer with each factor. */
  readonly predicted: readonly number[];
}

const FACTORS = [0, ...SAMPLED_FACTORS];
const ALIASES = 100_000;
const LOOKUPS = 400_000;
const PROCESSES = 2;
/** Which share of the look-ups goes to the most popular ones: a Zipf distribution with this exponent. */
const SKEW = 0.8;

/** The same look-ups by two processes, once with each factor: which share either level answers. */
export async function measureFactors(): Promise<FactorRuns> {
  const popularity = cumulate(ALIASES, SKEW);
  const runs: FactorRun[] = [];
  let predicted: readonly number[] = [];
  for (const factor of FACTORS) {
    const { run, predictions } = await runWith(factor, popularity);
    runs.push(run);
    if (factor === 1) predicted = predictions;
  }
  return { runs, predicted: [0, ...predicted] };
}

async function runWith(factor: number, popularity: Float64Array): Promise<{ run: FactorRun; predictions: number[] }> {
  const store = new MemoryCacheStore(systemClock);
  const processes = Array.from({ length: PROCESSES }, () => cachesOver(store, factor));
  const caches = processes.map((process) => process.open(aliases));
  const random = repeatable();
  for (let lookup = 0; lookup < LOOKUPS; lookup += 1) {
    const key = `#alias${find(popularity, random())}:example.org`;
    await caches[lookup % PROCESSES]?.get(key, async () => VALUE);
  }
  const stats = processes.flatMap((process) => process.stats());
  const sum = (read: (one: (typeof stats)[number]) => number): number => stats.reduce((all, one) => all + read(one), 0);
  const inProcess = sum(({ process }) => process.hits) / LOOKUPS;
  const both = inProcess + sum(({ shared }) => shared?.hits ?? 0) / LOOKUPS;
  const ofOne = LOOKUPS / PROCESSES;
  const predict = (at: SampledFactor): number => sum(({ sampled }) => estimateHitRate(ofOne, sampled, at)) / PROCESSES;
  const predictions = SAMPLED_FACTORS.map(predict);
  return { run: { factor, process: inProcess, both }, predictions };
}

function cumulate(count: number, skew: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) sums[rank] = sum += 1 / (rank + 1) ** skew;
  return sums.map((part) => part / sum);
}

/** The first place whose sum is not below the share. */
function find(sums: Float64Array, share: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 1) < share) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same numbers in each run (mulberry32). */
function repeatable(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
