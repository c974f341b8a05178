import { queryDirectoryResponse } from '@plexus/matrix-api';
import type { QueryDirectoryResponse } from '@plexus/matrix-api';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** Where an alias leads (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory). */
export function queryDirectory(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  roomAlias: string,
): Promise<ServerAnswer<QueryDirectoryResponse>> {
  return askServer(servers, pair, {
    question: {
      method: 'GET',
      path: '/_matrix/federation/v1/query/directory',
      query: { room_alias: roomAlias },
      timeoutMs: 15_000,
    },
    shape: queryDirectoryResponse,
  });
}
