import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { HostedServers } from '@plexus/storage';

export interface UsersByServer {
  readonly hosted: readonly string[];
  /** For each server of other users, why there is no answer of it. */
  readonly failures: Readonly<Record<string, JsonObject>>;
}

/** Parts users of hosted servers from those of other servers. Throws `M_INVALID_PARAM` for what is no user id. */
export function splitByServer(userIds: readonly string[], servers: Pick<HostedServers, 'isHosted'>): UsersByServer {
  for (const userId of userIds)
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, 'A key of the request is not a user id');
  const hosted = userIds.filter((userId) => servers.isHosted(serverNameOf(userId)));
  const others = new Set(userIds.map(serverNameOf).filter((serverName) => !servers.isHosted(serverName)));
  return { hosted, failures: Object.fromEntries([...others].map((serverName) => [serverName, NOT_REACHED])) };
}

const NOT_REACHED = { errcode: 'M_CONNECTION_FAILED', error: 'The server cannot be reached' };
