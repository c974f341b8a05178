import { expect, it } from 'vitest';
import { RememberedSenders } from './remembered-senders.ts';

function build(answers: (readonly string[] | Error)[]) {
  const clock = { time: 0, now: () => clock.time, delay: async () => {} };
  let asked = 0;
  const reader = {
    findLive: async () => {
      asked += 1;
      const answer = answers.shift();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error('no answer is left');
      return answer;
    },
  };
  return { senders: new RememberedSenders(reader, clock), clock, asked: () => asked };
}

it('asks once for many callers, and again after two seconds or when told to forget', async () => {
  const { senders, clock, asked } = build([['a'], ['b'], ['c']]);
  expect(await Promise.all([senders.findAddresses(), senders.findAddresses()])).toEqual([['a'], ['a']]);
  senders.forget();
  expect(await senders.findAddresses()).toEqual(['b']);
  clock.time = 1_999;
  expect(await senders.findAddresses()).toEqual(['b']);
  clock.time = 2_000;
  expect(await senders.findAddresses()).toEqual(['c']);
  expect(asked()).toBe(3);
});

it('does not remember a failure', async () => {
  const { senders } = build([new Error('Postgres is away'), ['a']]);
  await expect(senders.findAddresses()).rejects.toThrow('Postgres is away');
  expect(await senders.findAddresses()).toEqual(['a']);
});
