import { expect, it } from 'vitest';
import { sayRarely } from './say-rarely.ts';

it('says the first failure at once, and others every ten seconds with how many there were between', () => {
  let now = 0;
  const said: [unknown, number][] = [];
  const report = sayRarely({ now: () => now }, (error, unsaid) => said.push([error, unsaid]));
  for (const [at, error] of [
    [0, 'a'],
    [1, 'b'],
    [9_999, 'c'],
    [10_000, 'd'],
    [30_000, 'e'],
  ] as const) {
    now = at;
    report(error);
  }
  expect(said).toEqual([
    ['a', 0],
    ['d', 2],
    ['e', 0],
  ]);
});
