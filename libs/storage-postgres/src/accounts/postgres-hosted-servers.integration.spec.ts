import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';

let test: TestDatabase;
const started: PostgresHostedServers[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(started.map((servers) => servers.stop()));
  await test.drop();
});

async function startProcess(): Promise<PostgresHostedServers> {
  const clock = {
    now: () => Date.now(),
    delay: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
  const servers = new PostgresHostedServers(test.database, {
    clock,
    onPollError: (error) => {
      throw error;
    },
  });
  await servers.start();
  started.push(servers);
  return servers;
}

it('has spread a change when it says so: another process knows the server and its key', async () => {
  const [here, there] = [await startProcess(), await startProcess()];
  const keyId = 'ed25519:k';
  await here.addServer({
    serverName: 'new.example',
    settings: {},
    origin: 'admin-api',
    keyId,
    seed: Buffer.alloc(32, 7),
  });
  await here.spread();
  expect(there.isHosted('new.example')).toBe(true);
  expect(there.findSigningKey('new.example')?.keyId).toBe(keyId);
  expect(there.list()).toBe(there.list());
});
