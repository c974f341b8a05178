import { queryProfileResponse } from '@plexus/matrix-api';
import type { QueryProfileResponse } from '@plexus/matrix-api';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

export interface ProfileQuery {
  readonly userId: string;
  /** Only this one; nothing: all fields. */
  readonly field?: string | undefined;
}

/** What a user says of themselves (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile). */
export function queryProfile(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { userId, field }: ProfileQuery,
): Promise<ServerAnswer<QueryProfileResponse>> {
  return askServer(servers, pair, {
    question: {
      method: 'GET',
      path: '/_matrix/federation/v1/query/profile',
      query: { user_id: userId, ...(field !== undefined && { field }) },
      timeoutMs: 10_000,
    },
    shape: queryProfileResponse,
  });
}
