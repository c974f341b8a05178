import type { Requester } from '@plexus/service-shell';
import type { AuditEntry, AuditLog, AuditQuery } from '@plexus/storage';

/**
 * Reads the audit log: all of it for administrators of the deployment, else what administrators of the same hosted server did as such. What one
 * of the deployment does, who may have an account there, is about other hosted servers too.
 */
export class ListAuditLog {
  readonly #log: Pick<AuditLog, 'list'>;

  constructor(log: Pick<AuditLog, 'list'>) {
    this.#log = log;
  }

  execute({ isDeploymentAdmin, serverName }: Requester, query: AuditQuery): Promise<AuditEntry[]> {
    return this.#log.list(isDeploymentAdmin ? query : { ...query, serverName, scope: 'server' });
  }
}
