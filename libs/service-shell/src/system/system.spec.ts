import { expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';
import { systemRandomSource } from './system-random-source.ts';

it('waits at least as long as it is told to', async () => {
  const before = performance.now();
  await systemClock.delay(20);
  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
});

it('stops waiting when the signal aborts, without an error', async () => {
  const abort = new AbortController();
  const waiting = systemClock.delay(60_000, abort.signal);
  abort.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(systemClock.delay(60_000, abort.signal)).resolves.toBeUndefined();
});

it('gives as many random bytes as asked for', () => {
  expect(systemRandomSource.bytes(32)).toHaveLength(32);
  expect(systemRandomSource.bytes(32)).not.toEqual(systemRandomSource.bytes(32));
});
