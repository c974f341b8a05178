import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminUser, HostedServers, UserAdminRepository } from '@plexus/storage';
import { requireOwnUser } from './require-own-user.ts';

/** Finds users whom an administrator may act on. */
export class FindAdministeredUser {
  readonly #users: Pick<UserAdminRepository, 'findUser'>;
  readonly #servers: Pick<HostedServers, 'isHosted'>;
  readonly #isNoticesUser: (userId: string) => boolean;

  constructor(
    users: Pick<UserAdminRepository, 'findUser'>,
    servers: Pick<HostedServers, 'isHosted'>,
    isNoticesUser: (userId: string) => boolean,
  ) {
    this.#users = users;
    this.#servers = servers;
    this.#isNoticesUser = isNoticesUser;
  }

  /** Throws 404 where there is no such user, and what `check` throws. */
  async execute(requester: Requester, userId: string): Promise<AdminUser> {
    this.check(requester, userId);
    const user = await this.#users.findUser(userId);
    if (user === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'User not found');
    return user;
  }

  /** As `execute`, for what gives power over the account: a hosted server's administrator has none over the deployment's. */
  async toChange(requester: Requester, userId: string): Promise<AdminUser> {
    const user = await this.execute(requester, userId);
    this.requirePerson(userId);
    if (!user.isDeploymentAdmin || requester.isDeploymentAdmin) return user;
    throw new MatrixError('M_FORBIDDEN', 403, 'This user administers the deployment');
  }

  /** Throws 403 for the user who sends the notices of a server: they are the configuration's. */
  requirePerson(userId: string): void {
    if (this.#isNoticesUser(userId)) {
      throw new MatrixError('M_FORBIDDEN', 403, 'This user sends the notices of the server and cannot be changed');
    }
  }

  /** Throws 400 for a user who is none of ours, 403 for one of a server that the administrator has nothing to say on. */
  check(requester: Requester, userId: string): void {
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a user id');
    if (!this.#servers.isHosted(serverNameOf(userId))) {
      throw new MatrixError('M_UNKNOWN', 400, 'Can only look up local users');
    }
    requireOwnUser(requester, userId);
  }
}
