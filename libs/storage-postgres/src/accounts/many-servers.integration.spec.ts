import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';
import { PostgresServerRemovals } from './postgres-server-removals.ts';

const MANY = 2_000;
const clock = { now: () => Date.now(), delay: () => new Promise<void>(() => {}) };

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await test.database.query(
    `with named as (select 's' || lpad(n::text, 5, '0') || '.example' as name from generate_series(1, ${MANY}) n),
       servers as (insert into hosted_servers (server_name, settings, origin) select name, '{}', 'admin-api' from named)
     insert into server_signing_keys (server_name, key_id, seed, activated_at)
     select name, 'ed25519:k', decode(repeat('07', 32), 'hex'), now() from named`,
  );
  await test.database.query('update hosted_servers_version set version = version + 1');
});
afterAll(() => test.drop());

async function openCopy(): Promise<PostgresHostedServers> {
  const servers = new PostgresHostedServers(test.database, { clock, onPollError: () => undefined });
  await servers.refresh();
  return servers;
}

/** What a copy says of all servers and their keys. */
function contentOf(servers: PostgresHostedServers): unknown {
  return servers.list().map((server) => [server, servers.listKeys(server.serverName)]);
}

it('a copy that reads what has changed is the same as one that reads everything', async () => {
  const here = await openCopy();
  const there = await openCopy();
  expect(there.list()).toHaveLength(MANY);
  const seed = Buffer.alloc(32, 9);
  await here.addServer({ serverName: 'new.example', settings: {}, origin: 'admin-api', keyId: 'ed25519:n', seed });
  await here.changeServer('s00005.example', { status: 'suspended', settings: { aliases: ['five'] } });
  await here.announceKey({ serverName: 's00006.example', keyId: 'ed25519:next', seed });
  await here.activateKeys({ serverName: 's00006.example' });
  await new PostgresServerRemovals(test.database).removeServerRows('s00007.example');
  await there.refresh();
  const fresh = await openCopy();
  expect(contentOf(there)).toEqual(contentOf(fresh));
  expect(there.isHosted('s00007.example')).toBe(false);
  expect(there.findSigningKey('s00006.example')?.keyId).toBe('ed25519:next');
  expect(there.list()).toHaveLength(MANY);
});

it('leaves alone what has not changed, and reads nothing of it', async () => {
  const here = await openCopy();
  const there = await openCopy();
  const before = there.find('s00100.example');
  const asked = vi.spyOn(test.database, 'transaction');
  await here.changeServer('s00101.example', { settings: { aliases: ['another'] } });
  asked.mockClear();
  await there.refresh();
  expect(asked).toHaveBeenCalledTimes(1);
  expect(there.find('s00100.example')).toBe(before);
  expect(there.find('s00101.example')?.settings.aliases).toEqual(['another']);
  expect(there.list().map(({ serverName }) => serverName)).toEqual(
    there
      .list()
      .map(({ serverName }) => serverName)
      .toSorted(),
  );
  asked.mockRestore();
});

it('two that read at the same moment end with everything', async () => {
  const here = await openCopy();
  const there = await openCopy();
  for (const index of [1, 2, 3, 4]) {
    await here.changeServer(`s0020${index}.example`, { settings: { aliases: [`alias-${index}`] } });
    await Promise.all([there.refresh(), there.refresh()]);
  }
  expect(contentOf(there)).toEqual(contentOf(await openCopy()));
});
