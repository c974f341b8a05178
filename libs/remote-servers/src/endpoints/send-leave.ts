import { emptyResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';
import type { EventToSend } from './send-join.ts';

/** Hands a leave event over to a server in the room (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_leaveroomideventid). */
export function sendLeave(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, eventId, bytes }: EventToSend,
): Promise<ServerAnswer<JsonObject>> {
  const path = pathOf`/_matrix/federation/v2/send_leave/${roomId}/${eventId}`;
  return askServer(servers, pair, { question: { method: 'PUT', path, body: bytes }, shape: emptyResponse });
}
