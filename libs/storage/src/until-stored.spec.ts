import { expect, it } from 'vitest';
import { StorageError } from './storage-error.ts';
import { untilStored } from './until-stored.ts';

interface Told {
  readonly pauses: number[];
  readonly failures: string[];
}

async function run(work: (attempt: number) => Promise<void>, stopping = new AbortController()): Promise<Told> {
  const told: Told = { pauses: [], failures: [] };
  let attempt = 0;
  await untilStored(() => work((attempt += 1)), {
    clock: { delay: async (ms) => void told.pauses.push(ms) },
    signal: stopping.signal,
    failed: ({ message }) => told.failures.push(message),
  });
  return told;
}

it('does the work once where it succeeds', async () => {
  expect(await run(async () => {})).toEqual({ pauses: [], failures: [] });
});

it('does it again while the infrastructure fails, with growing pauses', async () => {
  const told = await run(async (attempt) => {
    if (attempt < 8) throw new StorageError(`away ${attempt}`);
  });
  expect(told.pauses).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  expect(told.failures).toHaveLength(7);
});

it('throws what is a mistake of ours', async () => {
  await expect(run(() => Promise.reject(new TypeError('no such column')))).rejects.toThrow('no such column');
});

it('ends with the signal', async () => {
  const stopping = new AbortController();
  const { failures } = await run(async (attempt) => {
    if (attempt === 3) stopping.abort();
    throw new StorageError('away');
  }, stopping);
  expect(failures).toHaveLength(3);
});
