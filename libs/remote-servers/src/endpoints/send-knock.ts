import { sendKnockResponse } from '@plexus/matrix-api';
import type { SendKnockResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';
import type { EventToSend } from './send-join.ts';

/** Hands a knock over to a server in the room (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_knockroomideventid). */
export function sendKnock(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, eventId, bytes }: EventToSend,
): Promise<ServerAnswer<SendKnockResponse>> {
  const path = pathOf`/_matrix/federation/v1/send_knock/${roomId}/${eventId}`;
  return askServer(servers, pair, { question: { method: 'PUT', path, body: bytes }, shape: sendKnockResponse });
}
