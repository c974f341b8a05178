import { expect, it } from 'vitest';
import { lookForWork } from './look-for-work.ts';
import type { WorkLook } from './look-for-work.ts';

it('works without a rest as long as there is work, and rests after a failure too', async () => {
  const failure = new Error('away');
  const script: readonly ('idle' | 'worked' | Error)[] = ['worked', 'worked', 'idle', failure, 'worked'];
  const stopping = new AbortController();
  const [reported, rested]: [WorkLook[], WorkLook[]] = [[], []];
  let next = 0;
  await lookForWork(stopping.signal, {
    async runOnce() {
      const outcome = script[next] ?? 'idle';
      next += 1;
      if (next === script.length) stopping.abort();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    rest: async (look) => void rested.push(look),
    report: (look) => void reported.push(look),
  });
  expect(reported).toEqual(['worked', 'worked', 'idle', { error: failure }, 'worked']);
  expect(rested).toEqual(['idle', { error: failure }]);
});
