import { makeMembershipResponse } from '@plexus/matrix-api';
import type { MakeMembershipResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

export interface MembershipOf {
  readonly roomId: string;
  readonly userId: string;
}

/**
 * Asks for the template of a join event (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid).
 * Nothing of it is checked but that there is an event.
 */
export function makeJoin(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, userId, versions }: MembershipOf & { readonly versions: readonly string[] },
): Promise<ServerAnswer<MakeMembershipResponse>> {
  const path = pathOf`/_matrix/federation/v1/make_join/${roomId}/${userId}`;
  return askServer(servers, pair, {
    question: { method: 'GET', path, query: { ver: versions } },
    shape: makeMembershipResponse,
  });
}

/** As `makeJoin`, of a knock (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_knockroomiduserid). */
export function makeKnock(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, userId, versions }: MembershipOf & { readonly versions: readonly string[] },
): Promise<ServerAnswer<MakeMembershipResponse>> {
  const path = pathOf`/_matrix/federation/v1/make_knock/${roomId}/${userId}`;
  return askServer(servers, pair, {
    question: { method: 'GET', path, query: { ver: versions } },
    shape: makeMembershipResponse,
  });
}

/** As `makeJoin`, of a leave (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_leaveroomiduserid). */
export function makeLeave(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, userId }: MembershipOf,
): Promise<ServerAnswer<MakeMembershipResponse>> {
  const path = pathOf`/_matrix/federation/v1/make_leave/${roomId}/${userId}`;
  return askServer(servers, pair, { question: { method: 'GET', path }, shape: makeMembershipResponse });
}
