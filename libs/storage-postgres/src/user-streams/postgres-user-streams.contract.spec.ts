import { userStreamsContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresUsers } from '../accounts/postgres-users.ts';
import { PostgresAccountData } from './postgres-account-data.ts';
import { PostgresUserStreamReader } from './postgres-user-stream-reader.ts';
import { PostgresUserStreams } from './postgres-user-streams.ts';

userStreamsContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    streams: new PostgresUserStreams(database),
    reader: new PostgresUserStreamReader(database),
    accountData: new PostgresAccountData(database),
    close: drop,
  };
});
