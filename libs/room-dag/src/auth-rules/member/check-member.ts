import type { RoomEvent } from '../../pdu/pdu.ts';
import { reject } from '../auth-outcome.ts';
import type { AuthOutcome } from '../auth-outcome.ts';
import type { AuthState } from '../auth-state.ts';
import { findOwn } from '../own-value.ts';
import { checkBan } from './ban.ts';
import { checkInvite } from './invite.ts';
import { checkJoin } from './join.ts';
import { checkKnock } from './knock.ts';
import { checkLeave } from './leave.ts';
import type { MembershipChange } from './membership-change.ts';

/**
 * Rule 5: who may change a membership to what (https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules). Rule 5.2, the signature of
 * the authorising server, takes keys and no state: it is part of `checkSignatures`.
 */
export function checkMember(event: RoomEvent, create: RoomEvent, state: AuthState): AuthOutcome {
  // 5.1
  if (event.stateKey === undefined) return reject('member.state_key', 'The event has no state_key');
  const membership = findOwn(event.content, 'membership');
  if (membership === undefined) return reject('member.membership', 'content has no membership');

  const change: MembershipChange = { event, targetUserId: event.stateKey, create, state };
  // 5.3
  if (membership === 'join') return checkJoin(change);
  // 5.4
  if (membership === 'invite') return checkInvite(change);
  // 5.5
  if (membership === 'leave') return checkLeave(change);
  // 5.6
  if (membership === 'ban') return checkBan(change);
  // 5.7, from version 7 on
  if (membership === 'knock' && event.rules.knocking) return checkKnock(change);
  // 5.8
  return reject('member.unknown', 'The membership is unknown');
}
