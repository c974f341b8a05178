import { noticesContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresBroadcasts } from './postgres-broadcasts.ts';
import { PostgresNoticeChecks } from './postgres-notice-checks.ts';
import { PostgresNoticeDeliveries } from './postgres-notice-deliveries.ts';
import { PostgresNoticeRooms } from './postgres-notice-rooms.ts';

noticesContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  const users = new PostgresUsers(database);
  return {
    rooms: new PostgresNoticeRooms(database),
    deliveries: new PostgresNoticeDeliveries(database),
    checks: new PostgresNoticeChecks(database),
    broadcasts: new PostgresBroadcasts(database),
    addUsers: async (userIds) => {
      for (const userId of userIds) await users.addUser({ userId, passwordHash: undefined });
    },
    close: drop,
  };
});
