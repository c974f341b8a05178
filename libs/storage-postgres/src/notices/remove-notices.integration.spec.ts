import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresServerRemovals } from '../accounts/postgres-server-removals.ts';
import { PostgresUserData } from '../accounts/postgres-user-data.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresBroadcasts } from './postgres-broadcasts.ts';
import { PostgresNoticeChecks } from './postgres-notice-checks.ts';
import { PostgresNoticeDeliveries } from './postgres-notice-deliveries.ts';
import { PostgresNoticeRooms } from './postgres-notice-rooms.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('leaves nothing of what an erased user was told', async () => {
  const { database } = test;
  const userId = '@erased:one.test';
  await new PostgresUsers(database).addUser({ userId, passwordHash: undefined });
  const room = { userId, serverName: 'one.test', roomId: '!erased', roomVersion: '12', createEvent: Buffer.from('{}') };
  await new PostgresNoticeRooms(database).insertOrGet(room);
  await new PostgresNoticeDeliveries(database).insertOrGet({ noticeId: 'n', userId, rememberedMs: undefined });
  await new PostgresNoticeChecks(database).addChecks([userId], { partition: 0, position: 1 });
  const broadcasts = new PostgresBroadcasts(database);
  const broadcast = { requestedBy: userId, type: 'm.room.message', content: '{}', audience: {}, perSecond: 10 };
  await broadcasts.listRecipients(
    await broadcasts.add({ ...broadcast, broadcastId: 'erased', serverName: 'one.test' }),
    '',
    10,
  );
  const data = new PostgresUserData(database);
  const kept = ['notice_rooms', 'notice_deliveries', 'notice_checks', 'broadcast_recipients'];
  expect([...(await data.countRows(userId)).keys()]).toEqual(expect.arrayContaining(kept));
  await new PostgresServerRemovals(database).removeUserRows(userId, []);
  expect([...(await data.countRows(userId)).keys()].filter((table) => kept.includes(table))).toEqual([]);
});

it('leaves nothing of what a removed server told its users to who has their names later', async () => {
  const { database } = test;
  const rooms = new PostgresNoticeRooms(database);
  const deliveries = new PostgresNoticeDeliveries(database);
  const checks = new PostgresNoticeChecks(database);
  const broadcasts = new PostgresBroadcasts(database);
  for (const serverName of ['gone.test', 'stays.test']) {
    const userId = `@alice:${serverName}`;
    await new PostgresUsers(database).addUser({ userId, passwordHash: undefined });
    const room = { userId, serverName, roomId: `!${serverName}`, roomVersion: '12', createEvent: Buffer.from('{}') };
    await rooms.insertOrGet(room);
    await deliveries.insertOrGet({ noticeId: `consent:1:${userId}`, userId, rememberedMs: undefined });
    await deliveries.setSent(`consent:1:${userId}`, '$asked');
    await checks.addChecks([userId], { partition: 0, position: 1 });
    const broadcast = { requestedBy: userId, type: 'm.room.message', content: '{}', audience: {}, perSecond: 10 };
    const started = await broadcasts.add({ ...broadcast, broadcastId: serverName, serverName });
    await broadcasts.listRecipients(started, '', 10);
  }
  await new PostgresServerRemovals(database).removeServerRows('gone.test');
  expect([await rooms.findRoom('@alice:gone.test'), await rooms.findRoom('@alice:stays.test')]).toEqual([
    undefined,
    '!stays.test',
  ]);
  const asked = { userId: '@alice:gone.test', rememberedMs: undefined };
  expect(await deliveries.insertOrGet({ ...asked, noticeId: 'consent:1:@alice:gone.test' })).toMatchObject({
    eventId: undefined,
  });
  expect(await deliveries.insertOrGet({ ...asked, noticeId: 'consent:1:@alice:stays.test' })).toMatchObject({
    eventId: '$asked',
  });
  expect((await checks.claimChecks(10, 1_000)).userIds).toEqual(['@alice:stays.test']);
  expect(await broadcasts.list({ serverName: 'gone.test', limit: 10 })).toEqual([]);
  expect(await broadcasts.list({ serverName: 'stays.test', limit: 10 })).toHaveLength(1);
  expect((await broadcasts.claimRecipients('gone.test', 10, 1_000)).userIds).toEqual([]);
  expect((await broadcasts.claimRecipients('stays.test', 10, 1_000)).userIds).toEqual(['@alice:stays.test']);
});
