import { expect, it } from 'vitest';
import { RememberedReplicas } from './remembered-replicas.ts';

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
  return { replicas: new RememberedReplicas(reader, clock), clock, asked: () => asked };
}

it('asks once for many callers, and again after two seconds or when told to forget', async () => {
  const { replicas, clock, asked } = build([['a'], ['b'], ['c']]);
  expect(await Promise.all([replicas.findAddresses(), replicas.findAddresses()])).toEqual([['a'], ['a']]);
  replicas.forget();
  expect(await replicas.findAddresses()).toEqual(['b']);
  clock.time = 1_999;
  expect(await replicas.findAddresses()).toEqual(['b']);
  clock.time = 2_000;
  expect(await replicas.findAddresses()).toEqual(['c']);
  expect(asked()).toBe(3);
});

it('does not remember a failure', async () => {
  const { replicas } = build([new Error('Postgres is away'), ['a']]);
  await expect(replicas.findAddresses()).rejects.toThrow('Postgres is away');
  expect(await replicas.findAddresses()).toEqual(['a']);
});
