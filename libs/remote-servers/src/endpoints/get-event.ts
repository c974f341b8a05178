import { pduTransactionResponse } from '@plexus/matrix-api';
import type { PduTransactionResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** One event, in an envelope (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid). */
export function getEvent(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  eventId: string,
): Promise<ServerAnswer<PduTransactionResponse>> {
  const path = pathOf`/_matrix/federation/v1/event/${eventId}`;
  return askServer(servers, pair, { question: { method: 'GET', path }, shape: pduTransactionResponse });
}
