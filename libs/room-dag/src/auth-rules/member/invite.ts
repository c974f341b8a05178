import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { ALLOW, reject } from '../auth-outcome.ts';
import type { AuthOutcome } from '../auth-outcome.ts';
import { membershipOf } from '../auth-state.ts';
import { findOwn, findOwnString } from '../own-value.ts';
import { powerLevelOf, requiredActionLevel } from '../power-levels.ts';
import { isSignedByInvite } from '../third-party-invite.ts';
import type { MembershipChange } from './membership-change.ts';
import { isSenderJoined } from './membership-change.ts';

/** Rule 5.4: `membership` is `invite`. */
export function checkInvite(change: MembershipChange): AuthOutcome {
  const { event, targetUserId, state } = change;
  // 5.4.1
  const thirdPartyInvite = findOwn(event.content, 'third_party_invite');
  if (thirdPartyInvite !== undefined) return checkThirdPartyInvite(thirdPartyInvite, change);
  // 5.4.2
  if (!isSenderJoined(change)) return reject('member.invite.sender_not_joined', 'The sender is not joined');
  // 5.4.3
  const membership = membershipOf(targetUserId, state);
  if (membership === 'join' || membership === 'ban') {
    return reject('member.invite.target', `The invited user's membership is ${membership}`);
  }
  // 5.4.4
  if (powerLevelOf(event.sender, state) >= requiredActionLevel('invite', state)) return ALLOW;
  // 5.4.5
  return reject('member.invite.power', 'The sender may not invite');
}

function checkThirdPartyInvite(thirdPartyInvite: JsonValue, change: MembershipChange): AuthOutcome {
  const { targetUserId, state } = change;
  // 5.4.1.1
  if (membershipOf(targetUserId, state) === 'ban') {
    return reject('member.invite.third_party.banned', 'The invited user is banned');
  }
  // 5.4.1.2
  const signed = isJsonObject(thirdPartyInvite) ? findOwn(thirdPartyInvite, 'signed') : undefined;
  if (!isJsonObject(signed)) return reject('member.invite.third_party.signed', 'third_party_invite is not signed');
  // 5.4.1.3
  const mxid = findOwnString(signed, 'mxid');
  const token = findOwnString(signed, 'token');
  if (mxid === undefined || token === undefined) {
    return reject('member.invite.third_party.mxid_and_token', 'signed lacks mxid or token');
  }
  // 5.4.1.4
  if (mxid !== targetUserId) return reject('member.invite.third_party.mxid', 'mxid is not the invited user');
  return checkToken(token, signed, change);
}

function checkToken(token: string, signed: JsonObject, { event, state }: MembershipChange): AuthOutcome {
  // 5.4.1.5
  const invite = state.find('m.room.third_party_invite', token);
  if (invite === undefined) return reject('member.invite.third_party.token', 'The room has no such invite');
  // 5.4.1.6
  if (invite.sender !== event.sender) {
    return reject('member.invite.third_party.sender', 'Another user sent the third party invite');
  }
  // 5.4.1.7
  if (isSignedByInvite(signed, invite)) return ALLOW;
  // 5.4.1.8
  return reject('member.invite.third_party.signature', 'No signature matches a key of the invite');
}
