import { MatrixError } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminJob, AdminJobRepository } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireRoomId } from '../rooms/check-identifiers.ts';
import type { FindAdministeredUser } from './find-administered-user.ts';

export interface UserRedaction {
  /** None: every room that the user is in. */
  readonly rooms: readonly string[];
  readonly reason: string | undefined;
  /** Of events in each room. */
  readonly limit: number | undefined;
  /** Whether the administrator redacts, instead of the user. */
  readonly asAdmin: boolean;
}

export const REDACT_USER = 'redact_user';

/** Starts the redaction of what a user sent, and tells how it is going. */
export class RedactUser {
  readonly #findUser: FindAdministeredUser;
  readonly #jobs: AdminJobRepository;
  readonly #random: RandomSource;

  constructor(findUser: FindAdministeredUser, jobs: AdminJobRepository, random: RandomSource) {
    this.#findUser = findUser;
    this.#jobs = jobs;
    this.#random = random;
  }

  /** Returns the id of the job. */
  async start(requester: Requester, userId: string, redaction: UserRedaction): Promise<string> {
    await this.#findUser.toChange(requester, userId);
    for (const roomId of redaction.rooms) requireRoomId(roomId);
    const { rooms, reason, limit, asAdmin } = redaction;
    const jobId = newRandomId(this.#random);
    await this.#jobs.addJob({
      jobId,
      kind: REDACT_USER,
      target: userId,
      serverName: requester.isDeploymentAdmin ? undefined : requester.serverName,
      requestedBy: requester.userId,
      parameters: {
        rooms: [...rooms],
        use_admin: asAdmin,
        ...(reason !== undefined && { reason }),
        ...(limit !== undefined && { limit }),
      },
    });
    return jobId;
  }

  /** Throws 404 where there is no such redaction, or it is none of the administrator's. */
  async status(requester: Requester, jobId: string): Promise<AdminJob> {
    const job = await this.#jobs.findJob(jobId);
    const isTheirs = requester.isDeploymentAdmin || job?.serverName === requester.serverName;
    if (job?.kind === REDACT_USER && isTheirs) return job;
    throw new MatrixError('M_NOT_FOUND', 404, `redact id '${jobId}' not found`);
  }
}
