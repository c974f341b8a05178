import type { JsonObject } from '@plexus/matrix-base';
import type { AdminJob, AdminJobEnd, AdminJobQuery, AdminJobRepository, NewAdminJob } from '@plexus/storage';

interface HeldJob {
  job: AdminJob;
  claim: string | undefined;
  claimedUntil: number;
}

/** Jobs in memory, by a clock that the test moves. */
export class FakeAdminJobs implements AdminJobRepository {
  now = 1_000_000;
  readonly #held: HeldJob[] = [];
  #claims = 0;

  async addJob(job: NewAdminJob): Promise<void> {
    const times = { createdAt: this.now, changedAt: this.now, finishedAt: undefined };
    const state = { status: 'scheduled', progress: {}, result: undefined, error: undefined, attempts: 0 } as const;
    this.#held.push({ job: { ...job, ...state, ...times }, claim: undefined, claimedUntil: 0 });
  }

  async addJobUnlessOpen(job: NewAdminJob): Promise<boolean> {
    const isOpen = this.#held.some(
      ({ job: other }) => other.finishedAt === undefined && other.kind === job.kind && other.target === job.target,
    );
    if (!isOpen) await this.addJob(job);
    return !isOpen;
  }

  async beginJob(job: NewAdminJob, claimMs: number): Promise<string> {
    const known = this.#held.find((held) => held.job.jobId === job.jobId);
    if (known === undefined) await this.addJob(job);
    else known.job = { ...known.job, result: undefined, error: undefined, finishedAt: undefined };
    const held = known ?? this.#held.at(-1);
    if (held === undefined) throw new TypeError('the job was not added');
    return this.#take(held, claimMs);
  }

  async findJob(jobId: string): Promise<AdminJob | undefined> {
    return this.#held.find(({ job }) => job.jobId === jobId)?.job;
  }

  async listJobs(query: AdminJobQuery): Promise<AdminJob[]> {
    const { jobId, kinds, target, statuses, serverName, createdBefore = Infinity, limit } = query;
    const found = this.#held
      .map(({ job }) => job)
      .filter(
        (job) =>
          (jobId === undefined || job.jobId === jobId) &&
          (kinds?.includes(job.kind) ?? true) &&
          (target === undefined || job.target === target) &&
          (statuses?.includes(job.status) ?? true) &&
          (serverName === undefined || job.serverName === serverName) &&
          job.createdAt < createdBefore,
      );
    return found.toReversed().slice(0, limit);
  }

  async claimJob(claimMs: number): Promise<{ job: AdminJob; claim: string } | undefined> {
    const held = this.#held.find(({ job, claimedUntil }) => job.finishedAt === undefined && claimedUntil <= this.now);
    if (held === undefined) return undefined;
    const claim = this.#take(held, claimMs);
    return { job: held.job, claim };
  }

  async recordProgress(claim: string, progress: JsonObject, claimMs: number): Promise<boolean> {
    return this.#change(claim, (held) => {
      held.claimedUntil = this.now + claimMs;
      return { progress, error: undefined };
    });
  }

  async finishJob(claim: string, end: AdminJobEnd): Promise<boolean> {
    return this.#change(claim, (held) => {
      held.claim = undefined;
      return { result: undefined, error: undefined, ...end, finishedAt: this.now };
    });
  }

  async restJob(claim: string, error: string | undefined, restMs: number): Promise<void> {
    this.#change(claim, (held) => {
      held.claim = undefined;
      held.claimedUntil = this.now + restMs;
      return { error };
    });
  }

  async cancelJob(jobId: string): Promise<boolean> {
    const held = this.#held.find(({ job }) => job.jobId === jobId && job.finishedAt === undefined);
    if (held === undefined) return false;
    held.claim = undefined;
    held.job = { ...held.job, status: 'cancelled', error: 'cancelled by an administrator', finishedAt: this.now };
    return true;
  }

  async removeFinished(olderThanMs: number, limit: number): Promise<number> {
    const old = this.#held.filter(({ job }) => (job.finishedAt ?? Infinity) < this.now - olderThanMs).slice(0, limit);
    for (const held of old) this.#held.splice(this.#held.indexOf(held), 1);
    return old.length;
  }

  #take(held: HeldJob, claimMs: number): string {
    this.#claims += 1;
    const claim = `claim-${this.#claims}`;
    held.claim = claim;
    held.claimedUntil = this.now + claimMs;
    held.job = { ...held.job, status: 'active', attempts: held.job.attempts + 1, changedAt: this.now };
    return claim;
  }

  #change(claim: string, change: (held: HeldJob) => Partial<AdminJob>): boolean {
    const held = this.#held.find((other) => other.claim === claim && other.job.finishedAt === undefined);
    if (held === undefined) return false;
    held.job = { ...held.job, ...change(held), changedAt: this.now };
    return true;
  }
}
