import { inviteResponse } from '@plexus/matrix-api';
import type { InviteResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer, askServerV1, isUnsupported } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

export interface InviteToSend {
  readonly roomId: string;
  readonly eventId: string;
  readonly roomVersion: string;
  /** The signed invite. */
  readonly event: JsonObject;
  /** Events by which the invited user's server identifies the room. */
  readonly inviteRoomState: readonly JsonObject[];
}

/** The first version of the endpoint does not name the room's version: it can be of rooms of these alone. */
const V1_ROOM_VERSIONS: ReadonlySet<string> = new Set(['1', '2']);

/**
 * Has the invited user's server sign an invite (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid), by the first
 * version of the endpoint where the server has no other and the room is old enough.
 */
export async function sendInvite(
  servers: Pick<RemoteServers, 'request' | 'requestBytes'>,
  pair: ServerPair,
  { roomId, eventId, roomVersion, event, inviteRoomState }: InviteToSend,
): Promise<ServerAnswer<InviteResponse>> {
  const path = pathOf`/_matrix/federation/v2/invite/${roomId}/${eventId}`;
  const body = { room_version: roomVersion, event, invite_room_state: [...inviteRoomState] };
  const answer = await askServer(servers, pair, { question: { method: 'PUT', path, body }, shape: inviteResponse });
  if (!isUnsupported(answer) || !V1_ROOM_VERSIONS.has(roomVersion)) return answer;
  const v1 = pathOf`/_matrix/federation/v1/invite/${roomId}/${eventId}`;
  const alone = { ...event, unsigned: { invite_room_state: [...inviteRoomState] } };
  return askServerV1(servers, pair, { question: { method: 'PUT', path: v1, body: alone }, shape: inviteResponse });
}
