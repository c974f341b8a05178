import type { ServerUse } from '@plexus/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresServerUse } from './postgres-server-use.ts';
import { removeServerUse } from './remove-server-use.ts';

const USE: ServerUse = {
  requests: 1,
  receivedBytes: 20,
  sentBytes: 300,
  events: 4,
  eventBytes: 5_000_000_000,
  transactions: 6,
  sentEvents: 7,
};
const TWICE = Object.fromEntries(Object.entries(USE).map(([kind, count]) => [kind, 2 * count]));

let test: TestDatabase;
let use: PostgresServerUse;
beforeAll(async () => {
  test = await createTestDatabase();
  use = new PostgresServerUse(test.database);
  await test.database.query(
    `insert into hosted_servers (server_name, settings, origin) values ('a.test', '{}', 'admin-api'), ('b.test', '{}', 'admin-api')`,
  );
});
afterAll(() => test.drop());

it('adds up what several processes have counted, for hosted servers only', async () => {
  const replicas = [use, new PostgresServerUse(test.database)];
  const counted = new Map([
    ['b.test', USE],
    ['a.test', USE],
    ['gone.test', USE],
  ]);
  await Promise.all(replicas.map((replica) => replica.addUse(counted)));
  expect(await use.findUse(['b.test', 'a.test', 'gone.test'])).toEqual([
    { serverName: 'a.test', month: TWICE, total: TWICE },
    { serverName: 'b.test', month: TWICE, total: TWICE },
  ]);
  expect(await use.findUse([])).toEqual([]);
});

it('tells this month from all time', async () => {
  await test.database.query(`update server_use set month = month - interval '1 month' where server_name = 'a.test'`);
  await use.addUse(new Map([['a.test', USE]]));
  const [record] = await use.findUse(['a.test']);
  expect(record?.month).toEqual(USE);
  expect(record?.total.events).toBe(12);
});

it('counts accounts, and says what was counted last', async () => {
  const add = (userId: string, columns: string, values: string): Promise<unknown> =>
    test.database.query(
      `insert into users (user_id, server_name, ${columns}) values ('${userId}', 'b.test', ${values})`,
    );
  await add('@a:b.test', 'is_guest', 'false');
  await add('@guest:b.test', 'is_guest', 'true');
  await add('@ghost:b.test', 'registered_by', `'irc'`);
  await add('@gone:b.test', 'deactivated_at', 'now()');
  await add('@notices:b.test', 'user_type', `'support'`);
  const [a, b] = await use.countAccounts(['b.test', 'a.test']);
  expect(a).toEqual({ serverName: 'a.test', users: 0, guests: 0, bridged: 0, deactivated: 0, counted: undefined });
  expect(b).toMatchObject({ users: 2, guests: 1, bridged: 1, deactivated: 1, counted: undefined });
  const counts = { users: 3, monthlyActiveUsers: 2, dailyActiveUsers: 1, rooms: 7 };
  await test.database.query(`insert into usage_counts (server_name, counts) values ('b.test', $1)`, [counts]);
  const [counted] = await use.countAccounts(['b.test']);
  expect(counted?.counted).toEqual({ at: expect.any(Number), monthlyActiveUsers: 2, dailyActiveUsers: 1, rooms: 7 });
});

it('is forgotten with the server', async () => {
  await test.database.transaction((transaction) => removeServerUse(transaction, 'a.test'));
  expect(await use.findUse(['a.test'])).toEqual([]);
});
