import { expect, it } from 'vitest';
import { DestinationQueue, newDestination } from './destination-queue.ts';

it('waits until every change to what is postponed is stored, also one that failed', async () => {
  const queue = new DestinationQueue(0, newDestination({ origin: 'one.example', destination: 'far.example' }), 0);
  await queue.untilPostponed();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const stored = [queue.postponeWith(() => first.promise), queue.postponeWith(() => second.promise)];
  let isThrough = false;
  const waiting = queue.untilPostponed().then(() => (isThrough = true));
  first.resolve('stored');
  await stored[0];
  expect([isThrough, queue.isIdle, queue.postponed]).toEqual([false, false, 2]);
  second.reject(new Error('away'));
  await expect(stored[1]).rejects.toThrow('away');
  await waiting;
  expect(queue.isIdle).toBe(true);
});
