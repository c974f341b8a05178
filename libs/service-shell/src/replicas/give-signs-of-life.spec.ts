import { expect, it } from 'vitest';
import { GiveSignsOfLife } from './give-signs-of-life.ts';

const STALE_MS = 5_000;
const SIGN_EVERY_MS = 1_250;

/** What a replica writes within so many milliseconds of its life. */
async function lifeOf(livesMs: number, failing: readonly string[] = []) {
  const done: string[] = [];
  const failures: unknown[] = [];
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let now = 0;
  const write = async (what: string): Promise<void> => {
    done.push(`${now} ${what}`);
    if (failing.includes(`${now} ${what}`)) throw new Error(what);
  };
  const signs = new GiveSignsOfLife({
    replicas: {
      findLive: async () => [],
      beat: (address) => write(`beat ${address}`),
      removeSilent: (forMs) => write(`remove ${forMs}`),
      withdraw: (address) => write(`withdraw ${address}`),
    },
    address: 'a:1',
    clock: {
      now: () => now,
      async delay(ms, signal) {
        if (now + ms <= livesMs) return void (now += ms);
        end();
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    },
    staleMs: STALE_MS,
    failed: (error) => failures.push(error),
  });
  await signs.start();
  await over;
  await signs.stop();
  return { done, failures };
}

it('gives signs of life so often that some may be late, and takes its row away in the end', async () => {
  const { done } = await lifeOf(3 * SIGN_EVERY_MS);
  expect(done).toEqual([
    '0 beat a:1',
    '0 remove 50000',
    '1250 beat a:1',
    '2500 beat a:1',
    '3750 beat a:1',
    '3750 withdraw a:1',
  ]);
});

it('looks for rows of silent replicas as rarely as one is to go', async () => {
  const { done } = await lifeOf(25 * STALE_MS);
  expect(done.filter((each) => each.includes('remove'))).toEqual([
    '0 remove 50000',
    '50000 remove 50000',
    '100000 remove 50000',
  ]);
});

it('goes on where Postgres fails', async () => {
  const { done, failures } = await lifeOf(10 * STALE_MS, ['1250 beat a:1', '50000 remove 50000']);
  expect(failures.map(String)).toEqual(['Error: beat a:1', 'Error: remove 50000']);
  expect(done.at(-1)).toBe('50000 withdraw a:1');
  expect(done.filter((each) => each.includes('beat'))).toHaveLength(41);
});
