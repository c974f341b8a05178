import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { NoAnswer } from '@plexus/remote-servers';
import type { HostedServers } from '@plexus/storage';

export interface UsersByServer {
  readonly hosted: readonly string[];
  /** The users of each other server. */
  readonly elsewhere: ReadonlyMap<string, readonly string[]>;
}

/** Parts users of hosted servers from those of other servers. Throws `M_INVALID_PARAM` for what is no user id. */
export function splitByServer(userIds: readonly string[], servers: Pick<HostedServers, 'isHosted'>): UsersByServer {
  for (const userId of userIds)
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, 'A key of the request is not a user id');
  const isHosted = (userId: string): boolean => servers.isHosted(serverNameOf(userId));
  const others = userIds.filter((userId) => !isHosted(userId));
  return { hosted: userIds.filter(isHosted), elsewhere: Map.groupBy(others, serverNameOf) };
}

/** For each server of other users, why there is no answer of it (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery). */
export type Failures = Readonly<Record<string, JsonObject>>;

/** What a client is told of a server that did not answer. */
export function failureOf(answer: NoAnswer): JsonObject {
  if (answer.outcome === 'refused') return { status: answer.status, errcode: answer.errcode, error: answer.error };
  const errcode =
    answer.outcome === 'unreachable' && answer.reason === 'timeout' ? 'M_CONNECTION_TIMEOUT' : 'M_CONNECTION_FAILED';
  return { status: 503, errcode, error: 'The server cannot be reached' };
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 60_000;

/** How long other servers are waited for. */
export function patienceOf({ timeout = DEFAULT_TIMEOUT_MS }: { readonly timeout?: number }): number {
  return Math.min(Math.max(timeout, 1), LONGEST_TIMEOUT_MS);
}
