import type { RandomSource } from '@plexus/matrix-base';

export interface BackOffSettings {
  readonly firstMs: number;
  readonly multiplier: number;
  readonly longestMs: number;
}

/**
 * How long a destination is left alone after a failure: from the first interval on each is a multiple of the last, up to the longest, and
 * up to two fifths longer or a fifth shorter, so that destinations that went away together do not come back together.
 */
export function nextInterval(
  lastMs: number,
  { firstMs, multiplier, longestMs }: BackOffSettings,
  random: Pick<RandomSource, 'fraction'>,
): number {
  const base = lastMs === 0 ? firstMs : lastMs * multiplier;
  const jittered = base * (0.8 + random.fraction() * 0.6);
  return Math.round(Math.min(Math.max(jittered, 1), longestMs));
}
