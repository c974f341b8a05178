import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminJob, AdminJobQuery, AdminJobRepository } from '@plexus/storage';

/** Lists and cancels jobs: an administrator of a hosted server sees those of that server. */
export class ManageAdminJobs {
  readonly #jobs: AdminJobRepository;

  constructor(jobs: AdminJobRepository) {
    this.#jobs = jobs;
  }

  list(requester: Requester, query: AdminJobQuery): Promise<AdminJob[]> {
    if (requester.isDeploymentAdmin) return this.#jobs.listJobs(query);
    return this.#jobs.listJobs({ ...query, serverName: requester.serverName });
  }

  /** Throws 404 for a job that there is none of, or that is none of the administrator's. */
  async get(requester: Requester, jobId: string): Promise<AdminJob> {
    const job = await this.#jobs.findJob(jobId);
    if (job !== undefined && mayManage(requester, job)) return job;
    throw new MatrixError('M_NOT_FOUND', 404, 'There is no such job');
  }

  /** Throws 409 where the job is finished. */
  async cancel(requester: Requester, jobId: string): Promise<AdminJob> {
    const job = await this.get(requester, jobId);
    if (!(await this.#jobs.cancelJob(job.jobId))) {
      throw new MatrixError('M_UNKNOWN', 409, 'The job is finished');
    }
    return this.get(requester, jobId);
  }
}

function mayManage({ isDeploymentAdmin, serverName }: Requester, job: AdminJob): boolean {
  return isDeploymentAdmin || job.serverName === serverName;
}
