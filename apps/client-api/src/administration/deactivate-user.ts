import type { RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminJobRepository, UserRepository } from '@plexus/storage';
import type { ChangeAccess } from '../accounts/change-access.ts';
import { newRandomId } from '../accounts/random-ids.ts';
import type { FindAdministeredUser } from './find-administered-user.ts';
import type { Deactivation } from './modify-user.ts';

export interface DeactivateUserPorts {
  readonly users: UserRepository;
  readonly jobs: AdminJobRepository;
  readonly random: RandomSource;
}

export const PART_USER = 'part_user';

/**
 * Closes an account: its password and devices go at once, its memberships by a job. The job is stored first: a crash in between leaves one that
 * closes the account itself.
 */
export class DeactivateUser implements Deactivation {
  readonly #findUser: FindAdministeredUser;
  readonly #changeAccess: ChangeAccess;
  readonly #ports: DeactivateUserPorts;

  constructor(findUser: FindAdministeredUser, changeAccess: ChangeAccess, ports: DeactivateUserPorts) {
    this.#findUser = findUser;
    this.#changeAccess = changeAccess;
    this.#ports = ports;
  }

  async execute(requester: Requester, userId: string, { erase }: { readonly erase: boolean }): Promise<void> {
    await this.#findUser.toChange(requester, userId);
    await this.#ports.jobs.addJobUnlessOpen({
      jobId: newRandomId(this.#ports.random),
      kind: PART_USER,
      target: userId,
      serverName: requester.isDeploymentAdmin ? undefined : requester.serverName,
      requestedBy: requester.userId,
      parameters: { erase },
    });
    await this.#changeAccess.execute({ userId }, async () => {
      return { gone: await this.#ports.users.deactivateUser(userId), result: undefined };
    });
  }
}
