import type { Requester } from '@plexus/service-shell';
import type { AdminUser, AdminUserQuery, UserAdminRepository } from '@plexus/storage';

/** Lists users: of all hosted servers for the deployment's administrators, else of the administrator's own. */
export class ListUsers {
  readonly #users: Pick<UserAdminRepository, 'listUsers'>;

  constructor(users: Pick<UserAdminRepository, 'listUsers'>) {
    this.#users = users;
  }

  execute(
    { isDeploymentAdmin, serverName }: Requester,
    query: AdminUserQuery,
  ): Promise<{ readonly users: AdminUser[]; readonly total: number }> {
    return this.#users.listUsers(isDeploymentAdmin ? query : { ...query, serverName });
  }
}
