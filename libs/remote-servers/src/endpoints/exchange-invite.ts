import { emptyResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** A third-party invite whose identifier is a user's now. */
export interface InviteToExchange {
  readonly roomId: string;
  /** Who made the third-party invite. */
  readonly sender: string;
  readonly targetUserId: string;
  /** What the identity server signed. */
  readonly signed: JsonObject;
  readonly displayName: string;
}

/** Both servers and the invited user's own take part in it. */
const TIMEOUT_MS = 60_000;

/** Has the inviting server make an invite of a third-party one (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1exchange_third_party_inviteroomid). */
export function exchangeInvite(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, sender, targetUserId, signed, displayName }: InviteToExchange,
): Promise<ServerAnswer<JsonObject>> {
  const body = {
    type: 'm.room.member',
    room_id: roomId,
    sender,
    state_key: targetUserId,
    content: { membership: 'invite', third_party_invite: { display_name: displayName, signed } },
  };
  const path = pathOf`/_matrix/federation/v1/exchange_third_party_invite/${roomId}`;
  return askServer(servers, pair, {
    question: { method: 'PUT', path, body, timeoutMs: TIMEOUT_MS },
    shape: emptyResponse,
  });
}
