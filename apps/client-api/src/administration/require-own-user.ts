import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

/** Throws 403 where an administrator of a hosted server acts on a user of another server. */
export function requireOwnUser({ isDeploymentAdmin, serverName }: Requester, userId: string): void {
  if (isDeploymentAdmin || !isUserId(userId) || serverNameOf(userId) === serverName) return;
  throw new MatrixError('M_FORBIDDEN', 403, `You administer ${serverName} only`);
}
