import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, Moderation, UserRecord, UserRepository } from '@plexus/storage';
import { requireOwnUser } from '../administration/require-own-user.ts';
import type { ChangeAccess } from './change-access.ts';

export interface ModerateAccountPorts {
  readonly users: UserRepository;
  readonly servers: HostedServers;
  readonly isNoticesUser: (userId: string) => boolean;
}

/** Locks and suspends accounts (https://spec.matrix.org/v1.19/client-server-api/#account-moderation). */
export class ModerateAccount {
  readonly #users: UserRepository;
  readonly #servers: HostedServers;
  readonly #isNoticesUser: (userId: string) => boolean;
  readonly #changeAccess: ChangeAccess;

  constructor({ users, servers, isNoticesUser }: ModerateAccountPorts, changeAccess: ChangeAccess) {
    this.#users = users;
    this.#servers = servers;
    this.#isNoticesUser = isNoticesUser;
    this.#changeAccess = changeAccess;
  }

  /** Throws 400 for a user of no hosted server, 403 for one whom the administrator has no say over, 404 where there is no such user. */
  async find(requester: Requester, userId: string): Promise<UserRecord> {
    const isLocal = isUserId(userId) && this.#servers.isHosted(serverNameOf(userId));
    if (!isLocal) throw new MatrixError('M_INVALID_PARAM', 400, 'User does not belong to the local server.');
    requireOwnUser(requester, userId);
    const user = await this.#users.findUser(userId);
    if (user === undefined || user.isDeactivated) throw noSuchUser();
    if (user.isAdmin || user.isDeploymentAdmin)
      throw new MatrixError('M_FORBIDDEN', 403, 'Administrators cannot be locked or suspended');
    if (this.#isNoticesUser(userId))
      throw new MatrixError('M_FORBIDDEN', 403, 'This user sends the notices of the server and cannot be changed');
    return user;
  }

  /** Every replica knows it at once. */
  async change(requester: Requester, userId: string, change: Moderation): Promise<void> {
    if (requester.userId === userId)
      throw new MatrixError('M_FORBIDDEN', 403, 'You cannot lock or suspend your own account');
    await this.find(requester, userId);
    const user = await this.#changeAccess.execute({ userId }, async () => ({
      gone: [],
      result: await this.#users.moderateUser(userId, change),
    }));
    if (user === undefined) throw noSuchUser();
  }
}

function noSuchUser(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'User not found.');
}
