import { appservicesContract } from '@plexus/testing';
import { expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresAppservices } from './postgres-appservices.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';

appservicesContract('Postgres', async () => {
  const test = await createTestDatabase();
  return { appservices: new PostgresAppservices(test.database), close: () => test.drop() };
});

it('follows what another process changes, over the connection of the hosted servers', async () => {
  const test = await createTestDatabase();
  const there = new PostgresAppservices(test.database);
  const clock = { now: () => Date.now(), delay: delayUntilAborted };
  const servers = new PostgresHostedServers(test.database, {
    clock,
    onPollError: (error) => expect.unreachable(String(error)),
    companions: [there],
  });
  await servers.start();
  const here = new PostgresAppservices(test.database);
  const settings = {
    senderLocalpart: 'bot',
    namespaces: { users: [], aliases: [], rooms: [] },
    protocols: [],
    isRateLimited: true,
    ipRangeWhitelist: [],
    receivesEphemeral: false,
    receivesDeviceChanges: false,
    managesDevices: false,
  };
  const added = { id: 'a', servers: 'all', settings, hsToken: 'h', origin: 'admin-api' } as const;
  await here.addAppservice({ ...added, tokenHash: Buffer.alloc(32) });
  await vi.waitFor(() => expect(there.list().map(({ id }) => id)).toEqual(['a']), { timeout: 900 });
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
