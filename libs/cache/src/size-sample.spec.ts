import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevelOne } from './level-one.ts';
import { estimateHitRate, SAMPLED_FACTORS, SizeSample } from './size-sample.ts';

describe('SizeSample', () => {
  it('counts exactly where the cache is so small that all keys are sampled', () => {
    const sample = new SizeSample(4);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (let round = 0; round < 2; round += 1) for (const key of keys) sample.note(key);
    // Six keys in turn: eight entries have all of the second round, four have none, as the oldest always goes before its turn.
    expect(sample.counts()).toEqual({ oneIn: 1, lookups: 12, hits: { 0.25: 0, 0.5: 0, 1: 0, 2: 6, 4: 6, 8: 6 } });
  });

  it('counts no hit for a key that was changed', () => {
    const sample = new SizeSample(4);
    sample.note('a');
    sample.remove('a');
    sample.note('a');
    expect(sample.counts().hits[8]).toBe(0);
  });

  it('predicts more hits for a larger factor, never fewer', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 }), (keys) => {
        const sample = new SizeSample(8);
        for (const key of keys) sample.note(String(key));
        const hits = Object.entries(sample.counts().hits)
          .sort(([one], [other]) => Number(one) - Number(other))
          .map(([, count]) => count);
        expect(hits).toEqual([...hits].sort((one, other) => one - other));
      }),
    );
  });

  it('estimates the hit rate of a large cache from a small part of the keys', () => {
    const base = 20_000;
    const sample = new SizeSample(base);
    const cache = new LevelOne<true>(base);
    let hits = 0;
    let lookups = 0;
    let noted = 0;
    for (const key of skewedKeys(200_000, 60_000)) {
      lookups += 1;
      if (cache.find(key, 0) !== undefined) hits += 1;
      else cache.store(key, { value: true, freshUntil: 1, isSampled: false, weight: 1, usedAt: 0 });
      if (sample.isSampled(key)) {
        noted += 1;
        sample.note(key);
      }
    }
    const { hits: predicted, lookups: sampled } = sample.counts();
    expect(sampled).toBe(noted);
    expect(noted / lookups).toBeLessThan(1 / 32);
    expect(predicted[1] / sampled).toBeCloseTo(hits / lookups, 1);
  });

  // With the first the most popular keys are not among the sampled ones, with the second some are.
  it.each(['#a', '#e'])('estimates it for every factor where few keys have most of the look-ups (%s)', (prefix) => {
    const base = 4_096;
    const sample = new SizeSample(base);
    const caches = SAMPLED_FACTORS.map((factor) => ({ factor, cache: new LevelOne<true>(base * factor), hits: 0 }));
    let lookups = 0;
    for (const rank of zipfRanks(40_000, 20_000)) {
      const key = `${prefix}${rank}:example.org`;
      lookups += 1;
      if (sample.isSampled(key)) sample.note(key);
      for (const each of caches) {
        if (each.cache.find(key, 0) !== undefined) each.hits += 1;
        else each.cache.store(key, { value: true, freshUntil: 1, isSampled: false, weight: 1, usedAt: 0 });
      }
    }
    const sampled = sample.counts();
    // Without that the test would say nothing.
    expect(Math.abs(sampled.hits[1] / sampled.lookups - (caches[2]?.hits ?? 0) / lookups)).toBeGreaterThan(0.1);
    for (const { factor, hits } of caches) {
      const error = estimateHitRate(lookups, sampled, factor) - hits / lookups;
      expect(Math.abs(error), `factor ${factor}`).toBeLessThan(0.05);
    }
  });
});

/** Places in a Zipf distribution with an exponent of 0.8, which repeatable shares between 0 and 1 fall upon. */
function* zipfRanks(count: number, distinct: number): Generator<number> {
  const sums = new Float64Array(distinct);
  let sum = 0;
  for (let rank = 0; rank < distinct; rank += 1) sums[rank] = sum += 1 / (rank + 1) ** 0.8;
  for (const share of repeatableShares(count)) yield firstFrom(sums, share * sum);
}

/** The first place whose sum is not below this one. */
function firstFrom(sums: Float64Array, wanted: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? Infinity) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Low numbers more often than high ones, by a generator that always gives the same. */
function* skewedKeys(count: number, distinct: number): Generator<string> {
  for (const share of repeatableShares(count)) yield `@user${Math.floor(distinct * share ** 2)}:example.org`;
}

function* repeatableShares(count: number): Generator<number> {
  let state = 42;
  for (let index = 0; index < count; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}
