import { noticesContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresBroadcasts } from './postgres-broadcasts.ts';
import { PostgresNoticeChecks } from './postgres-notice-checks.ts';
import { PostgresNoticeDeliveries } from './postgres-notice-deliveries.ts';
import { PostgresNoticeRooms } from './postgres-notice-rooms.ts';
import { PostgresNoticeRounds } from './postgres-notice-rounds.ts';

noticesContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  const users = new PostgresUsers(database);
  return {
    rooms: new PostgresNoticeRooms(database),
    deliveries: new PostgresNoticeDeliveries(database),
    checks: new PostgresNoticeChecks(database),
    rounds: new PostgresNoticeRounds(database),
    broadcasts: new PostgresBroadcasts(database),
    addUsers: async (userIds) => {
      for (const userId of userIds) await users.addUser({ userId, passwordHash: undefined });
    },
    see: async (userIds) => {
      for (const userId of userIds)
        await database.query(`insert into devices (user_id, device_id, last_seen_at) values ('${userId}', 'D', now())`);
    },
    close: drop,
  };
});
