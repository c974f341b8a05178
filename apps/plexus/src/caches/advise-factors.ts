import { entryMemory, estimateHitRate, SAMPLED_FACTORS } from '@plexus/cache';
import type { SampledFactor } from '@plexus/cache';
import type { CacheUse } from './cache-use.ts';

export interface Advice {
  readonly use: CacheUse;
  /** The factor that is proposed; the present one where nothing is. */
  readonly factor: number;
  readonly hitRate: number;
  readonly hitRateThen: number;
  /** Look-ups that would be answered more, or fewer. */
  readonly hitsGained: number;
  /** In all processes together. */
  readonly bytesMore: number;
  /** Too few look-ups belong to the sample to say anything. */
  readonly isUnknown: boolean;
}

const MEBIBYTE = 1024 ** 2;
const FEWEST_SAMPLES = 200;
/** A larger factor is proposed where it answers so many more of a cache's look-ups, in steps of two. */
const WORTH_GROWING = 0.005;
/** A smaller one, where it answers at most so many fewer. */
const WORTH_KEEPING = 0.001;

interface Step {
  readonly use: CacheUse;
  readonly to: SampledFactor;
  readonly hits: number;
  readonly bytes: number;
}

/**
 * Factors by what they bring: a cache whose entries answer nothing gives its memory back, then memory goes, step by step, to whichever cache
 * gains the most hits per MiB, until `memoryBytes` more are in use than now.
 */
export function adviseFactors(uses: readonly CacheUse[], memoryBytes: number): Advice[] {
  const factors = new Map(uses.map((use) => [use, shrink(use)]));
  let left = memoryBytes;
  for (const [use, factor] of factors) left -= bytesOf(use, factor) - bytesOf(use, use.factor);
  for (let step = bestStep(factors, left); step !== undefined; step = bestStep(factors, left)) {
    factors.set(step.use, step.to);
    left -= step.bytes;
  }
  return uses
    .map((use) => adviceOf(use, factors.get(use) ?? use.factor))
    .sort((one, other) => worthOf(other) - worthOf(one));
}

/** Hits gained per MiB; what frees memory for nothing comes first. */
export function worthOf({ hitsGained, bytesMore }: Advice): number {
  if (bytesMore < 0) return Infinity;
  return bytesMore === 0 ? 0 : hitsGained / (bytesMore / MEBIBYTE);
}

function adviceOf(use: CacheUse, factor: number): Advice {
  const [hitRate, hitRateThen] = [hitRateAt(use, use.factor), hitRateAt(use, factor)];
  return {
    use,
    factor,
    hitRate,
    hitRateThen,
    hitsGained: Math.round((hitRateThen - hitRate) * use.lookups),
    bytesMore: bytesOf(use, factor) - bytesOf(use, use.factor),
    isUnknown: isUnknown(use),
  };
}

function shrink(use: CacheUse): number {
  if (isUnknown(use)) return use.factor;
  const least = SAMPLED_FACTORS.find(
    (factor) => factor < use.factor && hitRateAt(use, factor) >= hitRateAt(use, use.factor) - WORTH_KEEPING,
  );
  return least ?? use.factor;
}

function bestStep(factors: ReadonlyMap<CacheUse, number>, left: number): Step | undefined {
  const steps = [...factors].flatMap(([use, factor]) => stepsFrom(use, factor));
  const affordable = steps.filter(({ bytes }) => bytes <= left);
  return affordable.reduce<Step | undefined>(
    (best, step) => (best === undefined || step.hits / step.bytes > best.hits / best.bytes ? step : best),
    undefined,
  );
}

/** To any larger factor: what the next one does not bring, the one after it may. */
function stepsFrom(use: CacheUse, factor: number): Step[] {
  if (isUnknown(use)) return [];
  return SAMPLED_FACTORS.filter((to) => to > factor).flatMap((to) => {
    const gain = hitRateAt(use, to) - hitRateAt(use, factor);
    const isWorthIt = gain >= WORTH_GROWING * Math.log2(to / Math.max(factor, 0.125));
    const step = { use, to, hits: gain * use.lookups, bytes: bytesOf(use, to) - bytesOf(use, factor) };
    return isWorthIt ? [step] : [];
  });
}

/** As the sample has it; between two factors of the sample, in proportion to their logarithms. */
function hitRateAt({ lookups, sampled }: CacheUse, factor: number): number {
  if (sampled.lookups === 0 || factor === 0) return 0;
  const rateAt = (sampledFactor: SampledFactor): number => estimateHitRate(lookups, sampled, sampledFactor);
  const above = SAMPLED_FACTORS.find((each) => each >= factor);
  const below = SAMPLED_FACTORS.findLast((each) => each <= factor);
  if (above === undefined) return rateAt(8);
  if (below === undefined) return (rateAt(0.25) * factor) / 0.25;
  if (above === below) return rateAt(above);
  const share = Math.log2(factor / below) / Math.log2(above / below);
  return rateAt(below) + (rateAt(above) - rateAt(below)) * share;
}

function bytesOf({ baseSize, processes, meanBytes }: CacheUse, factor: number): number {
  return Math.floor(baseSize * factor) * processes * entryMemory(meanBytes);
}

function isUnknown({ sampled }: CacheUse): boolean {
  return sampled.lookups < FEWEST_SAMPLES;
}
