import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresAdminJobs } from './postgres-admin-jobs.ts';
import { PostgresUserData } from './postgres-user-data.ts';

const [ALICE, BOB] = ['@alice:one.example', '@bob:one.example'];

let test: TestDatabase;
let exports: PostgresUserData;
let jobs: PostgresAdminJobs;
beforeAll(async () => {
  test = await createTestDatabase();
  exports = new PostgresUserData(test.database);
  jobs = new PostgresAdminJobs(test.database);
});
afterAll(() => test.drop());

async function addExport(jobId: string, target: string, kind = 'export_user'): Promise<void> {
  const about = { serverName: undefined, requestedBy: '@root:one.example', parameters: {} };
  await jobs.addJob({ ...about, jobId, kind, target });
  await exports.storePart(jobId, 0, Buffer.from(jobId));
}

async function partOf(jobId: string): Promise<string | undefined> {
  return (await exports.findPart(jobId, 0))?.toString();
}

it('removes what was exported about a user, with its jobs, and stores no part after that', async () => {
  await addExport('done', ALICE);
  await addExport('theirs', BOB);
  await addExport('other', ALICE, 'erase_user');
  await exports.storePart('done', 0, Buffer.from('again'));
  expect(await partOf('done')).toBe('again');
  const claimed = await jobs.claimJob(60_000);
  expect(claimed?.job.jobId).toBe('done');
  await exports.removeExports(ALICE);
  await exports.storePart('done', 0, Buffer.from('late'));
  expect([await partOf('done'), await partOf('theirs'), await partOf('other')]).toEqual([undefined, 'theirs', 'other']);
  expect(await jobs.recordProgress(claimed?.claim ?? '', {}, 60_000)).toBe(false);
  expect(await jobs.findJob('done')).toBeUndefined();
  expect(await jobs.findJob('theirs')).toBeDefined();
});
