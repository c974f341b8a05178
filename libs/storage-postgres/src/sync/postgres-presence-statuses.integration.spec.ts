import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresPresenceStatuses } from './postgres-presence-statuses.ts';
import { PostgresSyncedDevices } from './postgres-synced-devices.ts';

const [ALICE, BOB] = ['@alice:one.example', '@bob:one.example'];

let test: TestDatabase;
let statuses: PostgresPresenceStatuses;
beforeAll(async () => {
  test = await createTestDatabase();
  statuses = new PostgresPresenceStatuses(test.database);
  const users = new PostgresUsers(test.database);
  for (const userId of [ALICE, BOB]) await users.addUser({ userId, passwordHash: undefined });
});
afterAll(() => test.drop());

it('keeps what users say last, as long as they say anything', async () => {
  expect(await statuses.findStatus(ALICE)).toBeUndefined();
  for (const message of ['here', 'here', 'away']) await statuses.storeStatus(ALICE, message);
  expect([await statuses.findStatus(ALICE), await statuses.findStatus(BOB)]).toEqual(['away', undefined]);
  await statuses.storeStatus(ALICE, undefined);
  expect(await statuses.findStatus(ALICE)).toBeUndefined();
});

it('keeps nothing of users who are not there, and forgets those who go', async () => {
  await statuses.storeStatus('@nobody:one.example', 'here');
  expect(await statuses.findStatus('@nobody:one.example')).toBeUndefined();
  await statuses.storeStatus(BOB, 'here');
  await test.database.query('update users set deactivated_at = now() where user_id = $1', [BOB]);
  await statuses.storeStatus(BOB, 'still here');
  await new PostgresSyncedDevices(test.database).removeStale();
  expect(await statuses.findStatus(BOB)).toBeUndefined();
});
