import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminJob, AdminJobRepository, ExportRepository } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import type { FindAdministeredUser } from './find-administered-user.ts';

export const EXPORT_USER = 'export_user';
export const ERASE_USER = 'erase_user';

export interface UserDataJobsPorts {
  readonly jobs: AdminJobRepository;
  readonly exports: ExportRepository;
  readonly random: RandomSource;
}

/** Exports everything that is held about a user, and erases it. */
export class UserDataJobs {
  readonly #findUser: FindAdministeredUser;
  readonly #ports: UserDataJobsPorts;

  constructor(findUser: FindAdministeredUser, ports: UserDataJobsPorts) {
    this.#findUser = findUser;
    this.#ports = ports;
  }

  /** Each returns the id of the job. */
  startExport(requester: Requester, userId: string): Promise<string> {
    return this.#start(requester, userId, { kind: EXPORT_USER, parameters: {} });
  }

  startErasure(requester: Requester, userId: string, { redacts }: { readonly redacts: boolean }): Promise<string> {
    if (userId === requester.userId) throw new MatrixError('M_UNKNOWN', 400, 'You cannot erase your own account');
    return this.#start(requester, userId, { kind: ERASE_USER, parameters: { redact_events: redacts } });
  }

  /** A finished export, a part at a time. Throws 404 where there is none, and 409 while it is made. */
  async *read(requester: Requester, jobId: string): AsyncGenerator<Buffer> {
    const job = await this.#find(requester, jobId);
    if (job.status !== 'complete') throw new MatrixError('M_UNKNOWN', 409, `The export is ${job.status}`);
    for (let part = 0; ; part += 1) {
      const body = await this.#ports.exports.findPart(jobId, part);
      if (body === undefined) return;
      yield body;
    }
  }

  async #find(requester: Requester, jobId: string): Promise<AdminJob> {
    const job = await this.#ports.jobs.findJob(jobId);
    const isTheirs = requester.isDeploymentAdmin || job?.serverName === requester.serverName;
    if (job?.kind === EXPORT_USER && isTheirs) return job;
    throw new MatrixError('M_NOT_FOUND', 404, 'There is no such export');
  }

  async #start(requester: Requester, userId: string, job: Pick<AdminJob, 'kind' | 'parameters'>): Promise<string> {
    await this.#findUser.toChange(requester, userId);
    const jobId = newRandomId(this.#ports.random);
    const serverName = requester.isDeploymentAdmin ? undefined : requester.serverName;
    await this.#ports.jobs.addJob({ ...job, jobId, target: userId, serverName, requestedBy: requester.userId });
    return jobId;
  }
}
