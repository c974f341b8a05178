import { expect, it } from 'vitest';
import { ManualClock } from '../../test-support/sync-harness.ts';
import { Deadlines } from './deadlines.ts';
import { RequestEnd } from './request-end.ts';

/** What was promised before is done. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('ends requests at their time or a little later, with one timer for those that end together', async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const [early, late, other] = [new RequestEnd(), new RequestEnd(), new RequestEnd()];
  deadlines.add(early, 1_001);
  deadlines.add(late, 1_099);
  deadlines.add(other, 1_101);
  expect(clock.timers).toBe(2);
  clock.advance(1_099);
  await settled();
  expect([early.reason, late.reason]).toEqual([undefined, undefined]);
  clock.advance(1);
  await settled();
  expect([early.reason, late.reason, other.reason]).toEqual(['over', 'over', undefined]);
});

it('keeps no timer for requests that were answered', async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const [one, two] = [new RequestEnd(), new RequestEnd()];
  const at = deadlines.add(one, 500);
  deadlines.add(two, 500);
  deadlines.cancel(one, at);
  expect(clock.timers).toBe(1);
  deadlines.cancel(two, at);
  deadlines.cancel(two, at);
  expect(clock.timers).toBe(0);
  deadlines.add(one, 500);
  clock.advance(500);
  await settled();
  expect([one.reason, two.reason]).toEqual(['over', undefined]);
});
