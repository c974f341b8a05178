import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { AdminJob, AdminJobRepository } from '@plexus/storage';

/** The job was cancelled, or another process has taken it up, or this process stops: whoever works on it ends at once. */
export class JobStoppedError extends Error {
  override readonly name = 'JobStoppedError';
}

export interface JobRunOptions {
  readonly jobs: Pick<AdminJobRepository, 'recordProgress'>;
  readonly clock: Clock;
  readonly claim: string;
  readonly claimMs: number;
  readonly stopping: AbortSignal;
}

/** One attempt at a job: what it goes on from, and how it tells that it lives. */
export class JobRun {
  readonly job: AdminJob;
  readonly #options: JobRunOptions;
  #progress: JsonObject;

  constructor(job: AdminJob, options: JobRunOptions) {
    this.job = job;
    this.#options = options;
    this.#progress = job.progress;
  }

  get progress(): JsonObject {
    return this.#progress;
  }

  /** A count among the progress, 0 as long as there is none. */
  count(name: string): number {
    const value = this.#progress[name];
    return typeof value === 'number' ? value : 0;
  }

  /** Stores how far the job is. Throws `JobStoppedError` where it must not go on. */
  async record(progress: JsonObject = {}): Promise<void> {
    const { jobs, claim, claimMs, stopping } = this.#options;
    this.#progress = { ...this.#progress, ...progress };
    if (!(await jobs.recordProgress(claim, this.#progress, claimMs))) throw new JobStoppedError('not ours any more');
    if (stopping.aborted) throw new JobStoppedError('this process stops');
  }

  /** Leaves the database to others for as long as a piece of work took, and a little more. */
  async pause(workedMs: number): Promise<void> {
    const { clock, stopping } = this.#options;
    await clock.delay(Math.min(Math.max(workedMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS), stopping);
  }
}

const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 5_000;
