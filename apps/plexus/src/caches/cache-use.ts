import { CACHE_BASE_SIZES, isCacheName, SAMPLED_FACTORS } from '@plexus/cache';
import type { CacheName, SampledFactor, SampledLookups } from '@plexus/cache';
import type { Sample } from './read-samples.ts';

/** What all processes together say of one cache. */
export interface CacheUse {
  readonly name: CacheName;
  /** How many processes have it. */
  readonly processes: number;
  readonly factor: number;
  /** Entries in a process with a factor of 1. */
  readonly baseSize: number;
  readonly lookups: number;
  readonly meanBytes: number;
  readonly sampled: SampledLookups;
}

/** Every process has it for every cache. */
const FACTOR = 'plexus_cache_factor';
/** What is not known of a cache whose values nobody has encoded yet. */
const ASSUMED_BYTES = 300;

/**
 * What the pages of all processes say of each cache that is in use. With `before`, the pages of the same processes some time earlier, only what
 * was looked up since then counts.
 */
export function readCacheUse(pages: readonly Sample[][], before: readonly Sample[][] = []): CacheUse[] {
  const written = pages.flat().flatMap(({ metric, labels }) => (metric === FACTOR ? [labels['name'] ?? ''] : []));
  const names = [...new Set(written)].filter(isCacheName);
  return names.map((name) => useOf(name, { now: totalsOf(name, pages), before: totalsOf(name, before) }));
}

function useOf(name: CacheName, { now, before }: { readonly now: Totals; readonly before: Totals }): CacheUse {
  const since = (metric: string, part?: string): number => now.sum(metric, part) - before.sum(metric, part);
  const factor = now.mean(FACTOR) ?? 0;
  const capacity = now.mean('plexus_cache_capacity', 'process') ?? 0;
  const lookups = since('plexus_cache_hits_total') + since('plexus_cache_misses_total');
  const sampledLookups = since('plexus_cache_sampled_lookups_total');
  return {
    name,
    processes: now.count(FACTOR),
    factor,
    baseSize: factor > 0 && capacity > 0 ? Math.round(capacity / factor) : CACHE_BASE_SIZES[name].process,
    lookups,
    meanBytes: now.mean('plexus_cache_entry_bytes') ?? ASSUMED_BYTES,
    sampled: {
      // A process of an earlier release does not say it: then the sample has its share of the look-ups, as far as is known.
      oneIn: now.mean('plexus_cache_sampled_one_in') ?? lookups / Math.max(1, sampledLookups),
      lookups: sampledLookups,
      hits: sampledHits((factorLabel) => since('plexus_cache_sampled_hits_total', factorLabel)),
    },
  };
}

function sampledHits(read: (factor: string) => number): Record<SampledFactor, number> {
  const hits = { 0.25: 0, 0.5: 0, 1: 0, 2: 0, 4: 0, 8: 0 };
  for (const factor of SAMPLED_FACTORS) hits[factor] = read(String(factor));
  return hits;
}

/** The values of one cache's metrics; `part` is the tier or the factor, where a metric has one. */
interface Totals {
  sum(metric: string, part?: string): number;
  count(metric: string): number;
  mean(metric: string, part?: string): number | undefined;
}

function totalsOf(name: CacheName, pages: readonly Sample[][]): Totals {
  const samples = pages.flat().filter(({ labels }) => labels['name'] === name);
  const valuesOf = (metric: string, part?: string): number[] =>
    samples
      .filter((sample) => sample.metric === metric && (part === undefined || partOf(sample) === part))
      .map(({ value }) => value);
  const sum = (metric: string, part?: string): number => valuesOf(metric, part).reduce((all, value) => all + value, 0);
  return {
    sum,
    count: (metric) => valuesOf(metric).length,
    mean: (metric, part) => {
      const { length } = valuesOf(metric, part);
      return length === 0 ? undefined : sum(metric, part) / length;
    },
  };
}

function partOf({ labels }: Sample): string | undefined {
  return labels['factor'] ?? labels['tier'];
}
