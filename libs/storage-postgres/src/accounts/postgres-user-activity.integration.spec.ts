import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresUserActivity } from './postgres-user-activity.ts';
import { PostgresUsers } from './postgres-users.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('knows who was seen within 30 days, by requests or by /sync, and counts those who count', async () => {
  const users = new PostgresUsers(test.database);
  for (const name of ['asks', 'syncs', 'old', 'never']) {
    await users.addUser({ userId: `@${name}:one.example`, passwordHash: 'hash' });
  }
  await users.addUser({ userId: '@guest:one.example', passwordHash: undefined, isGuest: true });
  await users.addUser({ userId: '@ghost:one.example', passwordHash: undefined, registeredBy: 'irc' });
  await users.addUser({ userId: '@asks:two.example', passwordHash: 'hash' });
  await test.database.query(
    `insert into devices (user_id, device_id, last_seen_at) values ('@asks:one.example', 'D', now()),
       ('@old:one.example', 'D', now() - interval '31 days'), ('@never:one.example', 'D', null),
       ('@guest:one.example', 'D', now()), ('@ghost:one.example', 'D', now()), ('@asks:two.example', 'D', now())`,
  );
  await test.database.query(
    `insert into synced_devices (user_id, device_id, last_seen_at, last_seen_ip)
     values ('@syncs:one.example', 'D', now() - interval '29 days', '')`,
  );
  const activity = new PostgresUserActivity(test.database);
  const isActive = await Promise.all(
    ['asks', 'syncs', 'old', 'never', 'guest'].map((name) => activity.isActive(`@${name}:one.example`)),
  );
  expect(isActive).toEqual([true, true, false, false, true]);
  expect(await activity.countActive('one.example', { except: [], most: 10 })).toBe(2);
  expect(await activity.countActive('one.example', { except: [], most: 1 })).toBe(1);
  expect(await activity.countActive('one.example', { except: ['@asks:one.example'], most: 10 })).toBe(1);
});
