import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';
import { PostgresLogLevels } from './postgres-log-levels.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const clock = {
  now: () => Date.now(),
  delay: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted === true) return resolve();
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

it('reach another process, and are gone from it when they are taken back', async () => {
  const here = new PostgresLogLevels(test.database);
  const there = new PostgresLogLevels(test.database);
  const errors: unknown[] = [];
  const following = new PostgresHostedServers(test.database, {
    clock,
    onPollError: (error) => errors.push(error),
    companions: [there],
  });
  await following.start();
  let changes = 0;
  there.onChange(() => (changes += 1));
  await here.setLevel({ service: 'sync', level: 'debug' });
  await expect.poll(() => there.list(), { timeout: 2_000 }).toEqual([{ service: 'sync', level: 'debug' }]);
  await here.setLevel({ service: 'sync', level: 'warn', forMs: 60_000 });
  await expect.poll(() => there.list()[0]?.level, { timeout: 2_000 }).toBe('warn');
  expect(there.list()[0]?.expiresAt).toBeGreaterThan(Date.now() + 50_000);
  expect(await here.removeLevel('sync')).toBe(true);
  expect(await here.removeLevel('sync')).toBe(false);
  await expect.poll(() => there.list(), { timeout: 2_000 }).toEqual([]);
  expect(changes).toBeGreaterThanOrEqual(3);
  expect(errors).toEqual([]);
  await following.stop();
});
