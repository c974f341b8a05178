import { ALLOW, reject } from '../auth-outcome.ts';
import type { AuthOutcome } from '../auth-outcome.ts';
import { powerLevelOf, requiredActionLevel } from '../power-levels.ts';
import type { MembershipChange } from './membership-change.ts';
import { isSenderJoined, isTargetBelowSender } from './membership-change.ts';

/** Rule 5.6: `membership` is `ban`. */
export function checkBan(change: MembershipChange): AuthOutcome {
  const { event, state } = change;
  // 5.6.1
  if (!isSenderJoined(change)) return reject('member.ban.sender_not_joined', 'The sender is not joined');
  // 5.6.2
  const hasLevel = powerLevelOf(event.sender, state) >= requiredActionLevel('ban', state);
  if (hasLevel && isTargetBelowSender(change)) return ALLOW;
  // 5.6.3
  return reject('member.ban.power', 'The sender may not ban this user');
}
