import type { RoomVersionRules } from '../../room-version/rules.ts';
import { ALLOW, reject } from '../auth-outcome.ts';
import type { AuthOutcome } from '../auth-outcome.ts';
import { findAuthorisingUser, joinRuleOf, membershipOf } from '../auth-state.ts';
import { findCreator } from '../create.ts';
import { powerLevelOf, requiredActionLevel } from '../power-levels.ts';
import type { MembershipChange } from './membership-change.ts';

/** Rule 5.3: `membership` is `join`. */
export function checkJoin(change: MembershipChange): AuthOutcome {
  const { event, targetUserId, state } = change;
  // 5.3.1
  if (isCreatorsFirstJoin(change)) return ALLOW;
  // 5.3.2
  if (event.sender !== targetUserId) return reject('member.join.sender', 'Users can only join themselves');
  const membership = membershipOf(targetUserId, state);
  // 5.3.3
  if (membership === 'ban') return reject('member.join.banned', 'The user is banned');
  const joinRule = joinRuleOf(state);
  const isInvitedOrJoined = membership === 'invite' || membership === 'join';
  // 5.3.4
  if (joinRule === 'invite' || (joinRule === 'knock' && event.rules.knocking)) {
    return isInvitedOrJoined ? ALLOW : reject('member.join.not_invited', 'The user is not invited');
  }
  // 5.3.5, from version 8 on
  if (isRestricted(joinRule, event.rules)) {
    // 5.3.5.1
    return isInvitedOrJoined ? ALLOW : checkAuthorisingUser(change);
  }
  // 5.3.6
  if (joinRule === 'public') return ALLOW;
  // 5.3.7
  return reject('member.join.join_rule', 'The join rule lets nobody in');
}

function isCreatorsFirstJoin({ event, targetUserId, create }: MembershipChange): boolean {
  const [previous, ...others] = event.prevEvents;
  return others.length === 0 && previous === create.eventId && targetUserId === findCreator(create);
}

function isRestricted(joinRule: string | undefined, rules: RoomVersionRules): boolean {
  if (joinRule === 'restricted') return rules.restrictedJoins;
  return joinRule === 'knock_restricted' && rules.knockRestrictedJoins;
}

function checkAuthorisingUser({ event, state }: MembershipChange): AuthOutcome {
  // 5.3.5.2
  const userId = findAuthorisingUser(event);
  if (userId === undefined) return reject('member.join.restricted', 'No user authorises the join');
  if (membershipOf(userId, state) !== 'join') {
    return reject('member.join.restricted', 'The authorising user is not joined');
  }
  if (!(powerLevelOf(userId, state) >= requiredActionLevel('invite', state))) {
    return reject('member.join.restricted', 'The authorising user may not invite');
  }
  // 5.3.5.3
  return ALLOW;
}
