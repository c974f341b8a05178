import { findServerName } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthOutcome } from './auth-outcome.ts';
import { findAuthorisingUser } from './auth-state.ts';

/**
 * Rule 5.2, from version 8 on: a membership that names `join_authorised_via_users_server` is signed by that user's server
 * (https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules). It takes keys, not state, so it is decided where signatures are
 * verified; `isSignedBy` says whether the event carries a valid signature of a server.
 */
export function checkAuthorisingSignature(event: RoomEvent, isSignedBy: (serverName: string) => boolean): AuthOutcome {
  if (event.type !== 'm.room.member' || !event.rules.restrictedJoins) return ALLOW;
  if (!Object.hasOwn(event.content, 'join_authorised_via_users_server')) return ALLOW;
  // 5.2.1
  const server = findServerName(findAuthorisingUser(event) ?? '');
  if (server !== undefined && isSignedBy(server)) return ALLOW;
  return reject('member.authorising_signature', 'The authorising server has not signed the event');
}
