import { expect, it } from 'vitest';
import { WakeUp } from './wake-up.ts';

const never = { now: () => 0, delay: () => new Promise<void>(() => {}) };
const { signal } = new AbortController();

it('wakes who waits, and who waits afterwards, once', async () => {
  const wakeUp = new WakeUp();
  const waiting = wakeUp.wait(1, never, signal);
  wakeUp.wake();
  await waiting;
  wakeUp.wake();
  await wakeUp.wait(1, never, signal);
  const delays: number[] = [];
  const clock = { now: () => 0, delay: async (ms: number) => void delays.push(ms) };
  await wakeUp.wait(7, clock, signal);
  expect(delays).toEqual([7]);
});
