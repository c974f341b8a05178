import { expect, it, vi } from 'vitest';
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

it('ends pauses that began at different times at the same beats of the process', async () => {
  vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const began = performance.now();
    const pauses: readonly [begins: number, ms: number][] = [
      [0, 1_000],
      [20, 1_000],
      [510, 500],
      [700, 1_250],
      [900, 100],
    ];
    const ends = pauses.map(async ([begins, ms]) => {
      await systemClock.delay(begins);
      await systemClock.pause?.(ms);
      return performance.now() - began;
    });
    await vi.runAllTimersAsync();
    expect(await Promise.all(ends)).toEqual([1_000, 1_000, 1_000, 2_000, 1_000]);
  } finally {
    vi.useRealTimers();
  }
});

it('gives as many random bytes as asked for', () => {
  expect(systemRandomSource.bytes(32)).toHaveLength(32);
  expect(systemRandomSource.bytes(32)).not.toEqual(systemRandomSource.bytes(32));
});
