import type { Clock, JsonObject } from '@plexus/matrix-base';
import { MatrixError, pauseBetweenLooks } from '@plexus/matrix-base';
import type { AdminJob, AdminJobRepository } from '@plexus/storage';
import { JobRun, JobStoppedError } from './job-run.ts';

/** What to do for the jobs of one kind. Returns the result; throws `MatrixError` where the job can never succeed. */
export type JobWork = (run: JobRun) => Promise<JsonObject>;

/** Work by the kind of job. */
export type JobKinds = Readonly<Record<string, JobWork>>;

export interface RunAdminJobsPorts {
  readonly jobs: AdminJobRepository;
  readonly clock: Clock;
}

/** How an attempt at a job ended. `stopped`: it was cancelled, or is another process's, or this process stops. */
export type JobOutcome = 'idle' | 'complete' | 'failed' | 'stopped' | { readonly error: unknown };

const CLAIM_MS = 30_000;
const POLL_MS = 1_000;
const REST_MS = 5_000;
const LONGEST_REST_MS = 600_000;

/** Works on jobs in the background: each process on a few at a time. While it has none, one of those who could work looks for all. */
export class RunAdminJobs {
  readonly #ports: RunAdminJobsPorts;
  readonly #kinds: JobKinds;
  readonly #report: (outcome: JobOutcome, job: AdminJob | undefined) => void;
  #working = 0;
  #rest = new AbortController();

  constructor(
    ports: RunAdminJobsPorts,
    kinds: JobKinds,
    report: (outcome: JobOutcome, job: AdminJob | undefined) => void,
  ) {
    this.#ports = ports;
    this.#kinds = kinds;
    this.#report = report;
  }

  /** Looks for jobs until the signal aborts, this many at a time. */
  async runUntil(stopping: AbortSignal, atOnce = 2): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, (_, worker) => this.#workUntil(stopping, worker)));
  }

  /** Takes up one job, if there is one, and brings it as far as it goes. */
  async runOnce(stopping: AbortSignal): Promise<JobOutcome> {
    const claimed = await this.#ports.jobs.claimJob(CLAIM_MS);
    if (claimed === undefined) return 'idle';
    this.#working += 1;
    this.#wakeOthers();
    try {
      const outcome = await this.#work(claimed.job, claimed.claim, stopping);
      this.#report(outcome, claimed.job);
      return outcome;
    } finally {
      this.#working -= 1;
    }
  }

  async #workUntil(stopping: AbortSignal, worker: number): Promise<void> {
    while (!stopping.aborted) {
      const outcome = worker <= this.#working ? await this.#tryOnce(stopping) : 'idle';
      if (outcome !== 'idle' && typeof outcome !== 'object') continue;
      await pauseBetweenLooks(POLL_MS, this.#ports.clock, AbortSignal.any([stopping, this.#rest.signal]));
    }
  }

  /** Where there is one job, there may be more. */
  #wakeOthers(): void {
    this.#rest.abort();
    this.#rest = new AbortController();
  }

  async #tryOnce(stopping: AbortSignal): Promise<JobOutcome> {
    try {
      return await this.runOnce(stopping);
    } catch (error) {
      this.#report({ error }, undefined);
      return { error };
    }
  }

  /** @NOTE A job whose process dies keeps its claim until that runs out, and goes on from its last progress. */
  async #work(job: AdminJob, claim: string, stopping: AbortSignal): Promise<JobOutcome> {
    const { jobs, clock } = this.#ports;
    const run = new JobRun(job, { jobs, clock, claim, claimMs: CLAIM_MS, stopping });
    const work = this.#kinds[job.kind];
    if (work === undefined) return this.#putOff(job, claim, `This process knows no jobs of the kind ${job.kind}`);
    try {
      const result = await work(run);
      return (await jobs.finishJob(claim, { status: 'complete', result })) ? 'complete' : 'stopped';
    } catch (error) {
      if (error instanceof JobStoppedError) {
        await jobs.restJob(claim, undefined, 0);
        return 'stopped';
      }
      if (!isFinal(error)) return this.#putOff(job, claim, error);
      await jobs.finishJob(claim, { status: 'failed', error: error.message });
      return 'failed';
    }
  }

  async #putOff(job: AdminJob, claim: string, error: unknown): Promise<JobOutcome> {
    const restMs = Math.min(REST_MS * 2 ** Math.min(job.attempts, 10), LONGEST_REST_MS);
    await this.#ports.jobs.restJob(claim, error instanceof Error ? error.message : String(error), restMs);
    return { error };
  }
}

/** What a use case refuses stays refused; what infrastructure fails at passes. */
function isFinal(error: unknown): error is MatrixError {
  return error instanceof MatrixError && error.httpStatus < 500 && error.httpStatus !== 429;
}
