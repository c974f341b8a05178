import type { AppserviceRegistry } from '@plexus/appservices';
import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

/** Throws 400 `M_EXCLUSIVE` for a user whom only another application service may make. */
export function requireFreeUser(
  registry: Pick<AppserviceRegistry, 'isHeldUser'>,
  userId: string,
  appserviceId?: string,
): void {
  if (registry.isHeldUser(userId, appserviceId)) throw exclusive('This user id is reserved');
}

/**
 * Throws 400 `M_EXCLUSIVE` for an alias that only another application service may make and remove, and for an application service outside of its
 * own namespaces (https://spec.matrix.org/v1.19/application-service-api/#server-admin-style-permissions).
 */
export function requireFreeAlias(
  registry: Pick<AppserviceRegistry, 'find' | 'isHeldAlias'>,
  { appserviceId }: Pick<Requester, 'appserviceId'>,
  alias: string,
): void {
  if (registry.isHeldAlias(alias, appserviceId)) throw exclusive('This room alias is reserved');
  if (appserviceId === undefined || registry.find(appserviceId)?.coversAlias(alias) === true) return;
  throw exclusive('This room alias is in none of the namespaces of the application service');
}

export function exclusive(message: string, status: 400 | 403 = 400): MatrixError {
  return new MatrixError('M_EXCLUSIVE', status, message);
}
