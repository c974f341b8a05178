import { eventAuthResponse, stateIdsResponse } from '@plexus/matrix-api';
import type { EventAuthResponse, StateIdsResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer, askServerForBytes } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** An event of a room. */
export interface EventInRoom {
  readonly roomId: string;
  readonly eventId: string;
}

const MAX_BYTES = 512 * 1024 * 1024;
const TIMEOUT_MS = 300_000;

/** The state before an event, and its auth chain, as text (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1stateroomid). */
export function getState(
  servers: Pick<RemoteServers, 'requestBytes'>,
  pair: ServerPair,
  { roomId, eventId }: EventInRoom,
): Promise<ServerAnswer<Uint8Array>> {
  const path = pathOf`/_matrix/federation/v1/state/${roomId}`;
  const query = { event_id: eventId };
  return askServerForBytes(servers, pair, { method: 'GET', path, query, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
}

/** The same as identifiers (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid). */
export function getStateIds(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, eventId }: EventInRoom,
): Promise<ServerAnswer<StateIdsResponse>> {
  const path = pathOf`/_matrix/federation/v1/state_ids/${roomId}`;
  return askServer(servers, pair, {
    question: { method: 'GET', path, query: { event_id: eventId }, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
    shape: stateIdsResponse,
  });
}

/** The auth chain of an event (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid). */
export function getEventAuth(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, eventId }: EventInRoom,
): Promise<ServerAnswer<EventAuthResponse>> {
  const path = pathOf`/_matrix/federation/v1/event_auth/${roomId}/${eventId}`;
  return askServer(servers, pair, { question: { method: 'GET', path }, shape: eventAuthResponse });
}
