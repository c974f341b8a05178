import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SIGNER_LEASE_MS, StorageError } from '@plexus/storage';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';

const KEY_ID = 'ed25519:k';
let test: TestDatabase;
const started: PostgresHostedServers[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(started.map((servers) => servers.stop()));
  await test.drop();
});

async function startProcess(rests: number[] = []): Promise<PostgresHostedServers> {
  const clock = {
    now: () => Date.now(),
    delay: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        rests.push(ms);
        if (signal?.aborted === true) return resolve();
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
  await add(here, 'new.example');
  await here.spread();
  expect(there.isHosted('new.example')).toBe(true);
  expect(there.findSigningKey('new.example')?.keyId).toBe(KEY_ID);
  expect(there.list()).toBe(there.list());
});

it('asks seldom while nothing changes, and follows a change at once', async () => {
  const rests: number[] = [];
  const [here, there] = [await startProcess(), await startProcess(rests)];
  await vi.waitFor(() => expect(rests.at(-1)).toBeGreaterThanOrEqual(10_000));
  await add(here, 'heard.example');
  await vi.waitFor(() => expect(there.isHosted('heard.example')).toBe(true), { timeout: 900 });
});

it('follows a change within a second after its connection was cut', async () => {
  const rests: number[] = [];
  const [here, there] = [await startProcess(), await startProcess(rests)];
  await vi.waitFor(() => expect(rests.at(-1)).toBeGreaterThanOrEqual(10_000));
  const cut = await test.database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plexus hosted servers'",
  );
  expect(cut.rowCount).toBeGreaterThan(0);
  await add(here, 'cut.example');
  await vi.waitFor(() => expect(there.isHosted('cut.example')).toBe(true), { timeout: 900 });
});

it('signs no more where it has not heard for long whether the key is still the one, and again when it has', async () => {
  let time = 1_000_000;
  const clock = { now: () => time, delay: async () => {} };
  const servers = new PostgresHostedServers(test.database, { clock, onPollError: () => {} });
  await add(servers, 'lease.example');
  time += SIGNER_LEASE_MS;
  expect(servers.findSigningKey('lease.example')?.keyId).toBe(KEY_ID);
  time += 1;
  expect(() => servers.findSigningKey('lease.example')).toThrow(StorageError);
  expect(servers.findSigningKey('unknown.example')).toBeUndefined();
  await servers.refresh();
  expect(servers.findSigningKey('lease.example')?.keyId).toBe(KEY_ID);
});

async function add(servers: PostgresHostedServers, serverName: string): Promise<void> {
  const seed = Buffer.alloc(32, 7);
  await servers.addServer({ serverName, settings: {}, origin: 'admin-api', keyId: KEY_ID, seed });
}
