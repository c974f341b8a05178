import { expect, it } from 'vitest';
import { repeatEvery } from './repeat-every.ts';

it('does its work after each pause until the signal aborts, whatever fails', async () => {
  const stopping = new AbortController();
  const told: unknown[] = [];
  await repeatEvery(
    10,
    async () => {
      told.push('work');
      if (told.length === 2) throw new Error('away');
    },
    {
      clock: {
        delay: async (ms) => {
          told.push(ms);
          if (told.length > 4) stopping.abort();
        },
      },
      signal: stopping.signal,
      failed: (error) => told.push(error),
    },
  );
  expect(told).toEqual([10, 'work', new Error('away'), 10, 'work', 10]);
});
