import { administrationContract } from '../contracts/administration-contract.ts';
import { FakeAdminJobs } from './fake-admin-jobs.ts';
import { FakeAuditLog } from './fake-audit-log.ts';

administrationContract('memory', async () => {
  const jobs = new FakeAdminJobs();
  return {
    audit: new FakeAuditLog(),
    jobs,
    expireClaims: async () => {
      jobs.now += 1_000_000;
    },
    close: async () => {},
  };
});
