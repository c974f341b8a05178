import { judgedUnreadContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresJudgedUnread } from './postgres-judged-unread.ts';

judgedUnreadContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return { judged: new PostgresJudgedUnread(database), close: drop };
});
