import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresGuestMemberships } from './postgres-guest-memberships.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('lists the rooms that guests are in, and the guests in each', async () => {
  const users = { '@1:one.test': true, '@2:one.test': true, '@alice:one.test': false };
  for (const [userId, isGuest] of Object.entries(users)) {
    await test.database.query('insert into users (user_id, server_name, is_guest) values ($1, $2, $3)', [
      userId,
      'one.test',
      isGuest,
    ]);
    for (const [roomId, membership] of [
      ['!a', 'join'],
      ['!b', userId === '@1:one.test' ? 'join' : 'leave'],
    ]) {
      await test.database.query(
        `insert into user_rooms (user_id, room_id, shard, room_nid, membership, previous_membership, sender, event_id, position)
         values ($1, $2, 0, 1, $3, 'leave', $1, '$e', 1)`,
        [userId, roomId, membership],
      );
    }
  }
  const guests = new PostgresGuestMemberships(test.database);
  expect(await guests.listGuestRooms({ after: '', limit: 10 })).toEqual(['!a', '!b']);
  expect(await guests.listGuestRooms({ after: '!a', limit: 10 })).toEqual(['!b']);
  expect(await guests.listGuests('!a', { after: '', limit: 1 })).toEqual(['@1:one.test']);
  expect(await guests.listGuests('!a', { after: '@1:one.test', limit: 10 })).toEqual(['@2:one.test']);
  expect(await guests.listGuests('!b', { after: '', limit: 10 })).toEqual(['@1:one.test']);
});
