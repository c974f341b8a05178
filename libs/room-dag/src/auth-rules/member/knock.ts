import { ALLOW, reject } from '../auth-outcome.ts';
import type { AuthOutcome } from '../auth-outcome.ts';
import { joinRuleOf, membershipOf } from '../auth-state.ts';
import type { MembershipChange } from './membership-change.ts';

/** Rule 5.7, from version 7 on: `membership` is `knock`. */
export function checkKnock({ event, targetUserId, state }: MembershipChange): AuthOutcome {
  // 5.7.1
  const joinRule = joinRuleOf(state);
  const canKnock = joinRule === 'knock' || (joinRule === 'knock_restricted' && event.rules.knockRestrictedJoins);
  if (!canKnock) return reject('member.knock.join_rule', 'The join rule lets nobody knock');
  // 5.7.2
  if (event.sender !== targetUserId) return reject('member.knock.sender', 'Users can only knock for themselves');
  // 5.7.3
  const membership = membershipOf(targetUserId, state);
  if (membership !== 'ban' && membership !== 'invite' && membership !== 'join') return ALLOW;
  // 5.7.4
  return reject('member.knock.membership', `The user's membership is ${membership}`);
}
