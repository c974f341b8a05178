import { expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresCacheFactors } from './postgres-cache-factors.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';

it('sets, changes and withdraws factors, and raises the revision with each', async () => {
  const test = await createTestDatabase();
  const factors = new PostgresCacheFactors(test.database);
  await factors.refresh();
  const { revision } = factors.current();
  expect(factors.current()).toEqual({ revision, globalFactor: undefined, perCacheFactors: {} });
  let changes = 0;
  factors.onChange(() => (changes += 1));
  await factors.setFactor('global', 1.5);
  await factors.setFactor({ cache: 'push_rules' }, 0);
  await factors.setFactor({ cache: 'events' }, 2);
  await factors.setFactor({ cache: 'events' }, undefined);
  await factors.refresh();
  expect(factors.current()).toEqual({ revision: revision + 4, globalFactor: 1.5, perCacheFactors: { push_rules: 0 } });
  expect(changes).toBe(4);
  const restarted = new PostgresCacheFactors(test.database);
  await restarted.refresh();
  expect(restarted.current()).toEqual(factors.current());
  await test.drop();
});

it('reaches another process within a second, over the connection of the hosted servers', async () => {
  const test = await createTestDatabase();
  const there = new PostgresCacheFactors(test.database);
  const servers = new PostgresHostedServers(test.database, {
    clock: { now: () => Date.now(), delay: delayUntilAborted },
    onPollError: (error) => expect.unreachable(String(error)),
    companions: [there],
  });
  await servers.start();
  await new PostgresCacheFactors(test.database).setFactor('global', 3);
  await vi.waitFor(() => expect(there.current().globalFactor).toBe(3), { timeout: 900 });
  await servers.stop();
  await test.drop();
});

function delayUntilAborted(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
