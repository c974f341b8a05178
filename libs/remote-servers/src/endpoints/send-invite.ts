import { inviteResponse } from '@plexus/matrix-api';
import type { InviteResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
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

/** Has the invited user's server sign an invite (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid). */
export function sendInvite(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, eventId, roomVersion, event, inviteRoomState }: InviteToSend,
): Promise<ServerAnswer<InviteResponse>> {
  const path = pathOf`/_matrix/federation/v2/invite/${roomId}/${eventId}`;
  const body = { room_version: roomVersion, event, invite_room_state: [...inviteRoomState] };
  return askServer(servers, pair, { question: { method: 'PUT', path, body }, shape: inviteResponse });
}
