import { administrationContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresAdminJobs } from './postgres-admin-jobs.ts';
import { PostgresAuditLog } from './postgres-audit-log.ts';

administrationContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    audit: new PostgresAuditLog(database),
    jobs: new PostgresAdminJobs(database),
    expireClaims: async () => {
      const text = `update admin_jobs set claimed_until = now() - interval '1 second'`;
      await database.run({ name: 'expire_job_claims', text });
    },
    close: drop,
  };
});
