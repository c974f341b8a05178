import { reportsContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresReports } from './postgres-reports.ts';

reportsContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return { reports: new PostgresReports(database), close: drop };
});
