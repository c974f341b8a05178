import { expect, it } from 'vitest';
import { forgetUntil } from './forget-until.ts';

/** What happened, until nothing is left in `rounds`: what each piece found, or that it failed. */
async function run(rounds: readonly (readonly (number | 'fails')[])[]): Promise<string[]> {
  const stopping = new AbortController();
  const told: string[] = [];
  const left = rounds.map((round) => [...round]);
  let round: (number | 'fails')[] | undefined;
  await forgetUntil(stopping.signal, {
    pauseMs: 60_000,
    atOnce: 10,
    forget: async (atOnce) => {
      const found = round?.shift() ?? 0;
      told.push(`${atOnce} → ${found}`);
      if (found === 'fails') throw new Error('away');
      return found;
    },
    clock: {
      delay: async (ms) => {
        told.push(`pause ${ms}`);
        round = left.shift();
        if (round === undefined) stopping.abort();
      },
    },
    failed: (error) => told.push(String(error)),
  });
  return told;
}

it('begins with a pause, and goes on while pieces are full', async () => {
  expect(await run([[10, 10, 3], [0]])).toEqual([
    'pause 60000',
    '10 → 10',
    '10 → 10',
    '10 → 3',
    'pause 60000',
    '10 → 0',
    'pause 60000',
  ]);
});

it('tells of a failure, and goes on after the next pause', async () => {
  expect(await run([['fails'], [1]])).toEqual([
    'pause 60000',
    '10 → fails',
    'Error: away',
    'pause 60000',
    '10 → 1',
    'pause 60000',
  ]);
});
