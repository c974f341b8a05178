import { MatrixError } from '@plexus/matrix-base';
import { FakeAdminJobs } from '@plexus/testing';
import { expect, it } from 'vitest';
import type { JobRun } from './job-run.ts';
import { RunAdminJobs } from './run-admin-jobs.ts';
import type { JobWork } from './run-admin-jobs.ts';

const clock = { now: () => 0, delay: async () => {} };
const running = new AbortController().signal;

async function oneJob(work: JobWork): Promise<{ jobs: FakeAdminJobs; runner: RunAdminJobs; outcomes: unknown[] }> {
  const jobs = new FakeAdminJobs();
  const about = { target: '!r', serverName: undefined, requestedBy: '@a:one', parameters: {} };
  await jobs.addJob({ jobId: 'job', kind: 'test', ...about });
  const outcomes: unknown[] = [];
  const runner = new RunAdminJobs({ jobs, clock }, { test: work }, (outcome) => outcomes.push(outcome));
  return { jobs, runner, outcomes };
}

async function countTo(run: JobRun, end: number): Promise<object> {
  while (run.count('at') < end) await run.record({ at: run.count('at') + 1 });
  return {};
}

it('brings a job to its end', async () => {
  const { jobs, runner, outcomes } = await oneJob(async (run) => ({
    at: await countTo(run, 3).then(() => run.count('at')),
  }));
  expect([await runner.runOnce(running), await runner.runOnce(running)]).toEqual(['complete', 'idle']);
  expect(await jobs.findJob('job')).toMatchObject({ status: 'complete', result: { at: 3 }, progress: { at: 3 } });
  expect(outcomes).toEqual(['complete']);
});

it('goes on later where infrastructure failed, from what was recorded', async () => {
  let attempts = 0;
  const { jobs, runner } = await oneJob(async (run) => {
    attempts += 1;
    if (attempts === 1) {
      await countTo(run, 2);
      throw new Error('no database');
    }
    return { from: run.count('at') };
  });
  expect(await runner.runOnce(running)).toMatchObject({ error: expect.any(Error) });
  expect(await jobs.findJob('job')).toMatchObject({ status: 'active', error: 'no database' });
  expect(await runner.runOnce(running)).toBe('idle');
  jobs.now += 3_600_000;
  expect(await runner.runOnce(running)).toBe('complete');
  expect(await jobs.findJob('job')).toMatchObject({ result: { from: 2 } });
});

it('fails for good where a use case refuses', async () => {
  const { jobs, runner } = await oneJob(async () => {
    throw new MatrixError('M_NOT_FOUND', 404, 'Room not found');
  });
  expect(await runner.runOnce(running)).toBe('failed');
  expect(await jobs.findJob('job')).toMatchObject({ status: 'failed', error: 'Room not found' });
});

it('stops within a cancelled job, and leaves an unfinished one to others where the process stops', async () => {
  const { jobs, runner } = await oneJob(async (run) => {
    await jobs.cancelJob('job');
    return countTo(run, 1).then(() => ({}));
  });
  expect(await runner.runOnce(running)).toBe('stopped');
  expect(await jobs.findJob('job')).toMatchObject({ status: 'cancelled' });
  const stopping = new AbortController();
  const other = await oneJob(async (run) => {
    stopping.abort();
    return countTo(run, 1).then(() => ({}));
  });
  expect(await other.runner.runOnce(stopping.signal)).toBe('stopped');
  expect((await other.jobs.claimJob(1))?.job).toMatchObject({ progress: { at: 1 } });
});

it('leaves jobs of a kind that it does not know to newer processes', async () => {
  const { jobs, runner } = await oneJob(async () => ({}));
  await jobs.addJob({ ...((await jobs.findJob('job')) ?? failNoJob()), jobId: 'new', kind: 'new' });
  expect([await runner.runOnce(running), await runner.runOnce(running)]).toEqual(['complete', expect.anything()]);
  expect(await jobs.findJob('new')).toMatchObject({ status: 'active' });
});

it('has one look for all while there is nothing to do, and all work where there are jobs', async () => {
  const stopping = new AbortController();
  const jobs = new FakeAdminJobs();
  let looks = 0;
  const claimJob = jobs.claimJob.bind(jobs);
  jobs.claimJob = (claimMs) => {
    looks += 1;
    return claimJob(claimMs);
  };
  const pauses: (() => void)[] = [];
  const pausing = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      pauses.push(resolve);
      signal?.addEventListener('abort', () => resolve());
    });
  const ended = Promise.withResolvers<object>();
  let started = 0;
  const work: JobWork = async () => {
    started += 1;
    await ended.promise;
    return {};
  };
  const runner = new RunAdminJobs({ jobs, clock: { now: () => 0, delay: pausing } }, { test: work }, () => {});
  const running = runner.runUntil(stopping.signal);
  await expect.poll(() => pauses.length).toBe(2);
  expect(looks).toBe(1);
  for (const jobId of ['one', 'two']) {
    const about = { target: '!r', serverName: undefined, requestedBy: '@a:one', parameters: {} };
    await jobs.addJob({ jobId, kind: 'test', ...about });
  }
  for (const endPause of pauses.splice(0)) endPause();
  await expect.poll(() => started).toBe(2);
  stopping.abort();
  ended.resolve({});
  await running;
});

function failNoJob(): never {
  throw new Error('no job');
}
