import { beforeEach, expect, it } from 'vitest';
import type { Clock } from '@plexus/matrix-base';
import { AttemptTimer } from './attempt-timer.ts';

/** Its delays pass when it is told that time has gone by. */
class HandClock implements Clock {
  #now = 1_000;
  readonly timers = new Set<{ readonly at: number; readonly end: () => void }>();

  now(): number {
    return this.#now;
  }

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = { at: this.#now + ms, end: () => this.#end(timer, resolve) };
      this.timers.add(timer);
      signal?.addEventListener('abort', timer.end);
    });
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const timer of this.timers) if (timer.at <= this.#now) timer.end();
  }

  #end(timer: { readonly at: number; readonly end: () => void }, resolve: () => void): void {
    this.timers.delete(timer);
    resolve();
  }
}

let clock: HandClock;
let timer: AttemptTimer;
beforeEach(() => {
  clock = new HandClock();
  timer = new AttemptTimer(clock, 5_000);
});

it('gives the answer, or the error, and leaves no timer behind', async () => {
  expect(await timer.within(Promise.resolve(7), 'late')).toBe(7);
  await expect(timer.within(Promise.reject(new Error('broken')), 'late')).rejects.toThrow('broken');
  expect(clock.timers.size).toBe(0);
});

it('gives up what takes too long, all of a span together, and nothing sooner', async () => {
  const ended: string[] = [];
  const never = new Promise<string>(() => {});
  const wait = (name: string): void => void timer.within(never, name).then((late) => ended.push(late));
  clock.pass(10);
  wait('first');
  clock.pass(40);
  wait('second');
  clock.pass(80);
  wait('third');
  expect(clock.timers.size).toBe(2);
  clock.pass(4_969);
  await settle();
  expect(ended).toEqual([]);
  clock.pass(1);
  await settle();
  expect(ended).toEqual(['first', 'second']);
  clock.pass(100);
  await settle();
  expect(ended).toEqual(['first', 'second', 'third']);
});

it('waits anew for what begins after everything was settled within the same span', async () => {
  await timer.within(Promise.resolve(1), 'late');
  const late = timer.within(new Promise<number>(() => {}), 'late');
  clock.pass(5_100);
  expect(await late).toBe('late');
});

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
