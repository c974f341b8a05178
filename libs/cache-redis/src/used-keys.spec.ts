import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { UsedKeys } from './used-keys.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function build(): { used: UsedKeys<string>; told: [name: string, keys: readonly string[]][] } {
  const told: [string, readonly string[]][] = [];
  const used = new UsedKeys<string>(
    async (name, keys) => told.push([name, keys]),
    (error) => expect(error).toBeUndefined(),
  );
  return { used, told };
}

it('tells of each key once, by name, and of what is used later again', () => {
  const { used, told } = build();
  for (const key of ['a', 'b', 'a']) used.note('rooms', key);
  used.note('events', 'a');
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told.splice(0)).toEqual([
    ['rooms', ['a', 'b']],
    ['events', ['a']],
  ]);
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([]);
  used.note('rooms', 'a');
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([['rooms', ['a']]]);
});

it('tells of so many keys of a name, and not of all', () => {
  const { used, told } = build();
  for (let index = 0; index < 5_000; index += 1) used.note('rooms', `k${index}`);
  vi.advanceTimersByTime(1_000);
  expect(told.map(([, keys]) => keys.length)).toEqual([1_000]);
});

it('reports that it could not tell, and goes on, unless it was stopped meanwhile', async () => {
  const failed = vi.fn<(error: unknown) => void>();
  const fault = new Error('no answer');
  const used = new UsedKeys<string>(() => Promise.reject(fault), failed);
  for (let times = 1; times <= 2; times += 1) {
    used.note('rooms', 'a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(failed.mock.calls).toEqual(Array.from({ length: times }, () => [fault]));
  }
  used.note('rooms', 'a');
  vi.advanceTimersByTime(1_000);
  used.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(failed).toHaveBeenCalledTimes(2);
});

it('tells of nothing once it was stopped', () => {
  const { used, told } = build();
  used.note('rooms', 'a');
  used.stop();
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([]);
});
