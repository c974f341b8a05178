import { MAX_WAITING_MESSAGES } from '@plexus/storage';
import { toDeviceContract } from '@plexus/testing';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresSessions } from '../accounts/postgres-sessions.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresToDeviceInbox } from './postgres-to-device-inbox.ts';
import { PostgresUserStreamReader } from './postgres-user-stream-reader.ts';
import { PostgresUserStreams } from './postgres-user-streams.ts';

toDeviceContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    sessions: new PostgresSessions(database),
    streams: new PostgresUserStreams(database),
    reader: new PostgresUserStreamReader(database),
    inbox: new PostgresToDeviceInbox(database),
    close: drop,
  };
});

it('gives up the oldest messages of an inbox that is full', async () => {
  const { database, drop } = await createTestDatabase();
  const userId = '@full:one.example';
  await new PostgresUsers(database).addUser({ userId, passwordHash: undefined });
  const session = { userId, deviceId: 'ONE', deviceDisplayName: undefined, tokenHash: Buffer.from('t') };
  await new PostgresSessions(database).openSession(session);
  const streams = new PostgresUserStreams(database);
  await streams.transact([userId], async (transaction) => {
    for (let index = 0; index < MAX_WAITING_MESSAGES; index += 1) transaction.advance(userId);
  });
  await database.query(
    `insert into to_device_messages select '${userId}', 'ONE', n, n::text from generate_series(1, ${MAX_WAITING_MESSAGES}) as n`,
  );
  const messages = [{ userId, deviceId: 'ONE', message: 'newest' }];
  await streams.transact([userId], ({ toDevice }) =>
    toDevice.storeMessages(messages, { sender: userId, transactionId: 'a' }),
  );
  const range = { after: 0, upTo: 2 };
  const page = await new PostgresToDeviceInbox(database).readMessages({ userId, deviceId: 'ONE' }, range, {
    messages: 10,
    bytes: 1000,
  });
  expect(page.messages).toEqual(['2']);
  const { rows } = await database.query('select count(*)::int as count from to_device_messages');
  expect(rows).toEqual([{ count: MAX_WAITING_MESSAGES }]);
  await drop();
});
