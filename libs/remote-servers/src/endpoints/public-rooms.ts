import { publicRoomsResponse } from '@plexus/matrix-api';
import type { PublicRoomsRequest, PublicRoomsResponse } from '@plexus/matrix-api';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** Another server's room directory (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1publicrooms). */
export function publicRooms(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { limit, since, filter, include_all_networks, third_party_instance_id }: PublicRoomsRequest,
): Promise<ServerAnswer<PublicRoomsResponse>> {
  const body = {
    ...(limit !== undefined && { limit }),
    ...(since !== undefined && { since }),
    ...(filter !== undefined && {
      filter: {
        ...(filter.generic_search_term !== undefined && { generic_search_term: filter.generic_search_term }),
        ...(filter.room_types !== undefined && { room_types: [...filter.room_types] }),
      },
    }),
    ...(include_all_networks !== undefined && { include_all_networks }),
    ...(third_party_instance_id !== undefined && { third_party_instance_id }),
  };
  return askServer(servers, pair, {
    question: { method: 'POST', path: '/_matrix/federation/v1/publicRooms', body },
    shape: publicRoomsResponse,
  });
}
