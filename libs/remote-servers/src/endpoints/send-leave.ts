import { emptyResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer, askServerV1, isUnsupported } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';
import type { EventToSend } from './send-join.ts';

/**
 * Hands a leave event over to a server in the room (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_leaveroomideventid), by the
 * first version of the endpoint where the server has no other.
 */
export async function sendLeave(
  servers: Pick<RemoteServers, 'request' | 'requestBytes'>,
  pair: ServerPair,
  { roomId, eventId, bytes }: EventToSend,
): Promise<ServerAnswer<JsonObject>> {
  const path = pathOf`/_matrix/federation/v2/send_leave/${roomId}/${eventId}`;
  const answer = await askServer(servers, pair, {
    question: { method: 'PUT', path, body: bytes },
    shape: emptyResponse,
  });
  if (!isUnsupported(answer)) return answer;
  const v1 = pathOf`/_matrix/federation/v1/send_leave/${roomId}/${eventId}`;
  return askServerV1(servers, pair, { question: { method: 'PUT', path: v1, body: bytes }, shape: emptyResponse });
}
