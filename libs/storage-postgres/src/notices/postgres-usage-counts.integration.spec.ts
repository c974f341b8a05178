import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresBroadcasts } from './postgres-broadcasts.ts';
import { PostgresGoneNotices } from './postgres-gone-notices.ts';
import { PostgresNoticeChecks } from './postgres-notice-checks.ts';
import { PostgresNoticeRooms } from './postgres-notice-rooms.ts';
import { PostgresUsageCounts } from './postgres-usage-counts.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  const users = new PostgresUsers(test.database);
  for (const name of ['one.example', 'two.example']) {
    await test.database.query(
      `insert into hosted_servers (server_name, settings, origin) values ('${name}', '{}', 'admin-api')`,
    );
  }
  for (const name of ['new', 'old', 'gone', 'quiet', 'notices']) {
    await users.addUser({ userId: `@${name}:one.example`, passwordHash: undefined });
  }
  await users.addUser({ userId: '@guest:one.example', passwordHash: undefined, isGuest: true });
  await users.addUser({ userId: '@bridged:one.example', passwordHash: undefined, registeredBy: 'irc' });
  await test.database.query(`update users set created_at = now() - interval '3 days' where user_id like '@old:%'`);
  await test.database.query(`update users set deactivated_at = now() where user_id like '@gone:%'`);
  await test.database.query(`update users set user_type = 'support' where user_id like '@notices:%'`);
  await test.database.query(
    `insert into consents (user_id, version_nid, policy_nid, server_name, policy, version, text_sha256, address, way)
     values ('@old:one.example', 1, 1, 'one.example', 'privacy_policy', '1', '', '127.0.0.1', 'page')`,
  );
  await seen('devices', '@new:one.example', '1 hour');
  await seen('synced_devices', '@old:one.example', '5 days');
  await seen('devices', '@guest:one.example', '2 hours');
  await seen('devices', '@bridged:one.example', '2 hours');
  await seen('devices', '@quiet:one.example', '40 days');
});
afterAll(() => test.drop());

async function seen(table: string, userId: string, ago: string): Promise<void> {
  const extra = table === 'synced_devices' ? { columns: ', last_seen_ip', values: `, '127.0.0.1'` } : undefined;
  await test.database.query(
    `insert into ${table} (user_id, device_id, last_seen_at${extra?.columns ?? ''})
     values ('${userId}', 'DEVICE', now() - interval '${ago}'${extra?.values ?? ''})`,
  );
}

it('counts users by what they are and when they were seen', async () => {
  const counts = new PostgresUsageCounts(test.database);
  await counts.count();
  const [one, two] = await counts.listCounts();
  expect(one).toMatchObject({
    serverName: 'one.example',
    counts: {
      users: 5,
      nonbridgedUsers: 4,
      dailyActiveUsers: 3,
      monthlyActiveUsers: 2,
      dailyNative: 2,
      dailyGuests: 1,
      dailyBridged: 1,
      rooms: 0,
    },
  });
  expect(two).toMatchObject({ serverName: 'two.example', counts: { users: 0, monthlyActiveUsers: 0 } });
  await test.database.query(`delete from hosted_servers where server_name = 'two.example'`);
  await counts.count();
  expect((await counts.listCounts()).map(({ serverName }) => serverName)).toEqual(['one.example']);
  expect(await counts.databaseVersion()).toMatch(/^\d+/);
});

it('gives a turn to one of those who want it, and again when it is due', async () => {
  const counts = new PostgresUsageCounts(test.database);
  const times = { firstMs: 0, everyMs: 60_000 };
  const taken = await Promise.all([1, 2, 3, 4].map(() => counts.takeTurn('work', times)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(await counts.takeTurn('work', times)).toBe(false);
  expect(await counts.takeTurn('later', { firstMs: 60_000, everyMs: 60_000 })).toBe(false);
  expect(await counts.takeTurn('often', { firstMs: 0, everyMs: 0 })).toBe(true);
  expect(await counts.takeTurn('often', { firstMs: 0, everyMs: 0 })).toBe(true);
});

it.each([
  [{}, ['new', 'old', 'quiet']],
  [{ withGuests: true }, ['guest', 'new', 'old', 'quiet']],
  [{ neverConsented: true }, ['new', 'quiet']],
  [{ inactiveSince: Date.now() - 2 * 86_400_000 }, ['old', 'quiet']],
  [{ userIds: ['@old:one.example', '@gone:one.example', '@new:two.example'] }, ['old']],
])('finds the recipients of a broadcast to %j', async (audience, expected) => {
  const broadcasts = new PostgresBroadcasts(test.database);
  const broadcast = await broadcasts.add({
    broadcastId: JSON.stringify(audience),
    serverName: 'one.example',
    requestedBy: '@root:one.example',
    type: 'm.room.message',
    content: '{}',
    audience,
    perSecond: 1,
  });
  await broadcasts.listRecipients(broadcast, '', 100);
  const { userIds } = await broadcasts.claimRecipients(broadcast.broadcastId, 100, 1_000);
  expect(userIds.toSorted()).toEqual(expected.map((name) => `@${name}:one.example`));
});

it('forgets what was kept of users who are no more', async () => {
  const { database } = test;
  const rooms = new PostgresNoticeRooms(database);
  const room = { serverName: 'gone.example', roomVersion: '12', createEvent: Buffer.alloc(0) };
  await rooms.insertOrGet({ ...room, userId: '@a:gone.example', roomId: '!gone' });
  await rooms.insertOrGet({ ...room, userId: '@new:one.example', roomId: '!kept' });
  const gone = new PostgresGoneNotices(database);
  expect([await gone.removeGone(10), await gone.removeGone(10)]).toEqual([1, 0]);
  expect([await rooms.findRoom('@a:gone.example'), await rooms.findRoom('@new:one.example')]).toEqual([
    undefined,
    '!kept',
  ]);
});

it('remembers users who were about and have no notice of a limit pinned', async () => {
  const { database } = test;
  await new PostgresNoticeRooms(database).setLimitEvent('@new:one.example', '$limit');
  const checks = new PostgresNoticeChecks(database);
  await checks.addUnlimited('one.example', 10);
  await checks.addUnlimited('one.example', 10);
  expect((await checks.claimChecks(10, 1_000)).userIds).toEqual(['@guest:one.example']);
});
