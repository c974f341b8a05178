import { ALLOW, reject } from '../auth-outcome.ts';
import type { AuthOutcome } from '../auth-outcome.ts';
import { membershipOf } from '../auth-state.ts';
import { powerLevelOf, requiredActionLevel } from '../power-levels.ts';
import type { MembershipChange } from './membership-change.ts';
import { isSenderJoined, isTargetBelowSender } from './membership-change.ts';

/** Rule 5.5: `membership` is `leave`: leaving, declining, kicking, unbanning. */
export function checkLeave(change: MembershipChange): AuthOutcome {
  const { event, targetUserId, state } = change;
  // 5.5.1
  if (event.sender === targetUserId) return checkOwnLeave(change);
  // 5.5.2
  if (!isSenderJoined(change)) return reject('member.leave.sender_not_joined', 'The sender is not joined');
  // 5.5.3
  const senderLevel = powerLevelOf(event.sender, state);
  if (membershipOf(targetUserId, state) === 'ban' && !(senderLevel >= requiredActionLevel('ban', state))) {
    return reject('member.leave.ban_power', 'The sender may not unban');
  }
  // 5.5.4
  if (senderLevel >= requiredActionLevel('kick', state) && isTargetBelowSender(change)) return ALLOW;
  // 5.5.5
  return reject('member.leave.power', 'The sender may not kick this user');
}

function checkOwnLeave({ event, targetUserId, state }: MembershipChange): AuthOutcome {
  const membership = membershipOf(targetUserId, state);
  const canLeave = membership === 'invite' || membership === 'join' || (membership === 'knock' && event.rules.knocking);
  if (canLeave) return ALLOW;
  return reject('member.leave.membership', 'There is nothing that the user could leave');
}
