import { federatedHierarchyResponse } from '@plexus/matrix-api';
import type { FederatedHierarchyResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** A space and the rooms in it (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid). */
export function getHierarchy(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, suggestedOnly }: { readonly roomId: string; readonly suggestedOnly: boolean },
): Promise<ServerAnswer<FederatedHierarchyResponse>> {
  const path = pathOf`/_matrix/federation/v1/hierarchy/${roomId}`;
  return askServer(servers, pair, {
    question: { method: 'GET', path, query: { suggested_only: String(suggestedOnly) }, timeoutMs: 15_000 },
    shape: federatedHierarchyResponse,
  });
}
