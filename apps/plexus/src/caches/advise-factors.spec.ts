import { expect, it } from 'vitest';
import { adviseFactors } from './advise-factors.ts';
import type { Advice } from './advise-factors.ts';
import type { CacheUse } from './cache-use.ts';

const MEBIBYTE = 1024 ** 2;

/** 10,000 look-ups, a tenth of them sampled; `rates` are hit rates in percent with 0.25, 0.5, 1, 2, 4 and 8. */
function use(
  name: CacheUse['name'],
  factor: number,
  rates: readonly number[],
  further: Partial<CacheUse> = {},
): CacheUse {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = rates.map((percent) => percent * 10);
  return {
    name,
    processes: 2,
    factor,
    baseSize: 10_000,
    lookups: 10_000,
    meanBytes: 400,
    sampled: { oneIn: 10, lookups: 1_000, hits: { 0.25: a, 0.5: b, 1: c, 2: d, 4: e, 8: f } },
    ...further,
  };
}

function factorsOf(advices: readonly Advice[]): Record<string, number> {
  return Object.fromEntries(advices.map(({ use: { name }, factor }) => [name, factor]));
}

it('gives memory first to whichever cache gains the most hits for it', () => {
  const steep = use('push_rules', 0.5, [10, 20, 60, 61, 61, 61]);
  const flat = use('events', 0.5, [10, 20, 25, 30, 35, 40]);
  // A step from 0.5 to 1 of either takes 10 MiB: 5,000 more entries of 1,050 bytes in two processes.
  expect(factorsOf(adviseFactors([flat, steep], 10.5 * MEBIBYTE))).toEqual({ push_rules: 1, events: 0.5 });
  expect(factorsOf(adviseFactors([flat, steep], 21 * MEBIBYTE))).toEqual({ push_rules: 1, events: 1 });
});

it('takes memory from a cache whose entries answer nothing, and gives it to another', () => {
  const idle = use('events', 4, [30, 30, 30, 30, 30, 30]);
  const full = use('push_rules', 1, [10, 20, 40, 60, 60, 60]);
  const advices = adviseFactors([full, idle], 0);
  expect(factorsOf(advices)).toEqual({ events: 0.25, push_rules: 2 });
  expect(advices.reduce((sum, { bytesMore }) => sum + bytesMore, 0)).toBeLessThan(0);
});

it('looks beyond a step that brings nothing', () => {
  // A scan over more keys than the cache holds answers nothing until all of them fit.
  const scanned = use('state_nodes', 1, [0, 0, 0, 0, 80, 80]);
  expect(factorsOf(adviseFactors([scanned], 1_000 * MEBIBYTE))).toEqual({ state_nodes: 4 });
});

it('says what a proposal brings and takes', () => {
  const [advice] = adviseFactors([use('push_rules', 0.5, [10, 20, 60, 61, 61, 61])], 11 * MEBIBYTE);
  expect(advice).toMatchObject({ hitRate: 0.2, hitRateThen: 0.6, hitsGained: 4_000, bytesMore: 10_500_000 });
});

it('proposes nothing from too few look-ups, and nothing that is not worth its memory', () => {
  const rare = use('push_rules', 0.5, [0, 0, 10, 10, 10, 10], { lookups: 1_000 });
  const few = { ...rare, sampled: { ...rare.sampled, lookups: 100 } };
  const settled = use('events', 1, [50, 79, 80, 80.1, 80.2, 80.3]);
  const advices = adviseFactors([few, settled], 1_000 * MEBIBYTE);
  expect(factorsOf(advices)).toEqual({ push_rules: 0.5, events: 1 });
  expect(advices.find(({ use: { name } }) => name === 'push_rules')?.isUnknown).toBe(true);
});

it('proposes a factor for a cache that is switched off', () => {
  expect(factorsOf(adviseFactors([use('push_rules', 0, [90, 90, 90, 90, 90, 90])], 100 * MEBIBYTE))).toEqual({
    push_rules: 0.25,
  });
});
