import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminJobRepository, AuditLog, NewAdminJob, NewAuditEntry } from '@plexus/storage';

export interface AdministrationHarness {
  readonly audit: AuditLog;
  readonly jobs: AdminJobRepository;
  /** Lets all claims of jobs run out. */
  expireClaims(): Promise<void>;
  close(): Promise<void>;
}

const CLAIM_MS = 60_000;

/** What every adapter of the audit log and of the administrators' jobs does. `open` is called once. */
export function administrationContract(adapter: string, open: () => Promise<AdministrationHarness>): void {
  describe(`AdministrationContract: ${adapter}`, () => {
    let harness: AdministrationHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    it('keeps who did what, the newest first, with its outcome once there is one', async () => {
      const { audit } = harness;
      const first = await audit.begin(entryOf({ target: { roomId: '!a' } }));
      const other = { administrator: '@b:two', serverName: 'two', scope: 'server', details: { a: 'x\0y' } } as const;
      const second = await audit.begin(entryOf(other));
      await audit.finish(first, { httpStatus: 403, errcode: 'M_FORBIDDEN' });
      const all = await audit.list({ limit: 10 });
      expect(all.map(({ entryId }) => entryId)).toEqual([second, first]);
      expect(all.map(({ outcome }) => outcome)).toEqual([undefined, { httpStatus: 403, errcode: 'M_FORBIDDEN' }]);
      const ids = async (query: object) => (await audit.list({ limit: 10, ...query })).map(({ entryId }) => entryId);
      expect(await ids({ serverName: 'two' })).toEqual([second]);
      expect(await ids({ scope: 'server' })).toEqual([second]);
      expect(await ids({ serverName: 'two', scope: 'deployment' })).toEqual([]);
      expect(await ids({ administrator: '@a:one' })).toEqual([first]);
      expect(await ids({ target: '!a' })).toEqual([first]);
      expect(await ids({ before: second })).toEqual([first]);
      expect(await ids({ limit: 1 })).toEqual([second]);
    });

    it('gives a job to one process, which tells how far it is and ends it', async () => {
      const { jobs } = harness;
      await jobs.addJob(jobOf('once'));
      const claimed = await jobs.claimJob(CLAIM_MS);
      expect(claimed?.job).toMatchObject({ ...jobOf('once'), status: 'active', attempts: 1, progress: {} });
      expect(await jobs.claimJob(CLAIM_MS)).toBeUndefined();
      const claim = claimed?.claim ?? '';
      expect(await jobs.recordProgress(claim, { done: 1 }, CLAIM_MS)).toBe(true);
      expect(await jobs.findJob('once')).toMatchObject({ status: 'active', progress: { done: 1 } });
      expect(await jobs.finishJob(claim, { status: 'complete', result: { all: true } })).toBe(true);
      expect(await jobs.findJob('once')).toMatchObject({ status: 'complete', result: { all: true } });
      expect(await jobs.recordProgress(claim, {}, CLAIM_MS)).toBe(false);
      expect(await jobs.claimJob(CLAIM_MS)).toBeUndefined();
      expect(await jobs.cancelJob('once')).toBe(false);
    });

    it('lets another process go on where one died or rested', async () => {
      const { jobs } = harness;
      await jobs.addJob(jobOf('resumed'));
      const dead = await jobs.claimJob(CLAIM_MS);
      await jobs.recordProgress(dead?.claim ?? '', { done: 1 }, CLAIM_MS);
      await harness.expireClaims();
      const next = await jobs.claimJob(CLAIM_MS);
      expect(next?.job).toMatchObject({ jobId: 'resumed', progress: { done: 1 }, attempts: 2 });
      expect(await jobs.recordProgress(dead?.claim ?? '', { done: 2 }, CLAIM_MS)).toBe(false);
      await jobs.restJob(next?.claim ?? '', 'no database', CLAIM_MS);
      expect(await jobs.claimJob(CLAIM_MS)).toBeUndefined();
      expect(await jobs.findJob('resumed')).toMatchObject({ status: 'active', error: 'no database' });
      await harness.expireClaims();
      const last = await jobs.claimJob(CLAIM_MS);
      expect(await jobs.finishJob(last?.claim ?? '', { status: 'failed', error: 'hopeless' })).toBe(true);
      expect(await jobs.findJob('resumed')).toMatchObject({ status: 'failed', error: 'hopeless' });
    });

    it('lets whoever begins a job work on it, and takes one over', async () => {
      const { jobs } = harness;
      const first = await jobs.beginJob(jobOf('begun'), CLAIM_MS);
      expect(await jobs.claimJob(CLAIM_MS)).toBeUndefined();
      expect(await jobs.findJob('begun')).toMatchObject({ ...jobOf('begun'), status: 'active', attempts: 1 });
      await jobs.recordProgress(first, { done: 1 }, CLAIM_MS);
      const second = await jobs.beginJob(jobOf('begun'), CLAIM_MS);
      expect(await jobs.finishJob(first, { status: 'complete', result: {} })).toBe(false);
      expect(await jobs.finishJob(second, { status: 'failed', error: 'refused' })).toBe(true);
      const third = await jobs.beginJob(jobOf('begun'), CLAIM_MS);
      expect(await jobs.findJob('begun')).toMatchObject({ status: 'active', attempts: 3, progress: { done: 1 } });
      await harness.expireClaims();
      expect((await jobs.claimJob(CLAIM_MS))?.job.jobId).toBe('begun');
      expect(await jobs.finishJob(third, { status: 'complete', result: {} })).toBe(false);
      await jobs.cancelJob('begun');
    });

    it('stops whoever works on a job that is cancelled', async () => {
      const { jobs } = harness;
      await jobs.addJob(jobOf('cancelled'));
      const claimed = await jobs.claimJob(CLAIM_MS);
      expect([await jobs.cancelJob('cancelled'), await jobs.cancelJob('unknown')]).toEqual([true, false]);
      expect(await jobs.recordProgress(claimed?.claim ?? '', {}, CLAIM_MS)).toBe(false);
      expect(await jobs.finishJob(claimed?.claim ?? '', { status: 'complete', result: {} })).toBe(false);
      expect(await jobs.findJob('cancelled')).toMatchObject({ status: 'cancelled' });
    });

    it('lists jobs by what they are about, and forgets old ones', async () => {
      const { jobs } = harness;
      expect(await jobs.addJobUnlessOpen({ ...jobOf('one'), target: '!t', serverName: 'two' })).toBe(true);
      expect(await jobs.addJobUnlessOpen({ ...jobOf('two'), target: '!t' })).toBe(false);
      expect(await jobs.addJobUnlessOpen({ ...jobOf('three'), target: '!t', kind: 'other' })).toBe(true);
      const ids = async (query: object) => (await jobs.listJobs({ limit: 10, ...query })).map(({ jobId }) => jobId);
      expect((await ids({ target: '!t' })).toSorted()).toEqual(['one', 'three']);
      expect(await ids({ target: '!t', kinds: ['other'] })).toEqual(['three']);
      expect(await ids({ serverName: 'two' })).toEqual(['one']);
      expect((await ids({ statuses: ['scheduled'] })).toSorted()).toEqual(['one', 'three']);
      expect(await ids({ createdBefore: 1 })).toEqual([]);
      expect(await jobs.removeFinished(10_000_000, 10)).toBe(0);
      expect(await jobs.removeFinished(-10_000_000, 10)).toBe(4);
    });
  });
}

function entryOf(entry: Partial<NewAuditEntry>): NewAuditEntry {
  const who = { administrator: '@a:one', serverName: 'one', scope: 'deployment' as const };
  return { ...who, action: 'POST /x', target: {}, details: {}, address: '::1', ...entry };
}

function jobOf(jobId: string): NewAdminJob {
  const parameters = { deep: { text: 'x' } };
  return { jobId, kind: 'test', target: `!${jobId}`, serverName: undefined, requestedBy: '@a:one', parameters };
}
