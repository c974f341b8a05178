import { setTimeout } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import { accountsContract, authenticationContract, hostedServersContract } from '@plexus/testing';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresAuthSessions } from './postgres-auth-sessions.ts';
import { PostgresDevices } from './postgres-devices.ts';
import { PostgresFilters } from './postgres-filters.ts';
import { PostgresForgottenRooms } from './postgres-forgotten-rooms.ts';
import { PostgresHostedServers } from './postgres-hosted-servers.ts';
import { PostgresPublishedRooms } from './postgres-published-rooms.ts';
import { PostgresRegistrationTokens } from './postgres-registration-tokens.ts';
import { PostgresRoomAliases } from './postgres-room-aliases.ts';
import { PostgresRoomCreations } from './postgres-room-creations.ts';
import { PostgresServerRemovals } from './postgres-server-removals.ts';
import { PostgresSessions } from './postgres-sessions.ts';
import { PostgresShortLivedTokens } from './postgres-short-lived-tokens.ts';
import { PostgresUsers } from './postgres-users.ts';

const clock: Clock = {
  now: () => Date.now(),
  delay: async (ms, signal) => {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

function failPoll(error: unknown): never {
  throw error;
}

accountsContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    sessions: new PostgresSessions(database),
    filters: new PostgresFilters(database),
    creations: new PostgresRoomCreations(database),
    aliases: new PostgresRoomAliases(database),
    published: new PostgresPublishedRooms(database),
    forgotten: new PostgresForgottenRooms(database),
    close: drop,
  };
});

authenticationContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    sessions: new PostgresSessions(database),
    devices: new PostgresDevices(database),
    shortLived: new PostgresShortLivedTokens(database),
    authSessions: new PostgresAuthSessions(database),
    registrationTokens: new PostgresRegistrationTokens(database),
    close: drop,
  };
});

hostedServersContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  const servers = new PostgresHostedServers(database, { clock, onPollError: failPoll });
  await servers.start();
  return {
    servers,
    removals: new PostgresServerRemovals(database),
    users: new PostgresUsers(database),
    expireClaims: async () => {
      const text = `update server_removals set claimed_until = now() - interval '1 second'`;
      await database.run({ name: 'expire_claims', text });
    },
    letTimePass: async () => {
      const text = `update server_signing_keys set activated_at = activated_at - interval '30 seconds'`;
      await database.run({ name: 'let_time_pass', text });
    },
    refresh: () => servers.refresh(),
    close: async () => {
      await servers.stop();
      await drop();
    },
  };
});

it('sees within a second what another process changed', async () => {
  const { database, drop } = await createTestDatabase();
  const [one, other] = [0, 1].map(() => new PostgresHostedServers(database, { clock, onPollError: failPoll }));
  if (one === undefined || other === undefined) throw new Error('two copies are needed');
  await Promise.all([one.start(), other.start()]);
  const seed = Buffer.alloc(32, 1);
  await one.addServer({ serverName: 'a.example', settings: {}, origin: 'admin-api', keyId: 'ed25519:1', seed });
  const started = performance.now();
  await expect.poll(() => other.isHosted('a.example'), { interval: 10, timeout: 5_000 }).toBe(true);
  expect(performance.now() - started).toBeLessThan(1_000);
  await Promise.all([one.stop(), other.stop()]);
  await drop();
});
