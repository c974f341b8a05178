import type { RoomEvent } from '../pdu/pdu.ts';
import { checkAliases } from './aliases.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthOutcome } from './auth-outcome.ts';
import type { AuthState } from './auth-state.ts';
import { findCreateEvent, isOfSameServer, membershipOf } from './auth-state.ts';
import { checkPowerLevels } from './check-power-levels.ts';
import { checkCreate } from './create.ts';
import { checkMember } from './member/check-member.ts';
import { findOwn } from './own-value.ts';
import { powerLevelOf, requiredActionLevel, requiredPowerLevel } from './power-levels.ts';
import { checkRedaction } from './redaction.ts';

/**
 * Decides whether the authorization rules allow an event in a room state (https://spec.matrix.org/v1.19/rooms/#feature-matrix): the part
 * of them that reads state. The part that reads the event's own `auth_events` is `checkAuthEvents`, the one about
 * signatures (5.2) `checkSignatures`. The same function serves the state of the auth events, the state before the event and the current state;
 * the caller guarantees that the state has every entry of `authTypesForEvent` that the room has, and the create event.
 *
 * Numbers are those of version 12; versions 1 to 5 count alike from 5 on, versions 6 to 11 one less.
 */
export function checkAuth(event: RoomEvent, state: AuthState): AuthOutcome {
  // 1.
  if (event.type === 'm.room.create') return checkCreate(event);
  const create = findCreateEvent(state);
  if (create === undefined) return reject('create.missing', 'The state has no create event');
  // 4.
  if (!isFederated(create) && !isOfSameServer(event.sender, create.sender)) {
    return reject('federate', "Only users of the creator's server may take part");
  }
  // 4. of versions 1 to 5
  if (event.type === 'm.room.aliases' && event.rules.aliasesRule) return checkAliases(event);
  // 5.
  if (event.type === 'm.room.member') return checkMember(event, create, state);
  return checkJoinedSender(event, create, state);
}

function isFederated(create: RoomEvent): boolean {
  return findOwn(create.content, 'm.federate') !== false;
}

function checkJoinedSender(event: RoomEvent, create: RoomEvent, state: AuthState): AuthOutcome {
  // 6.
  if (membershipOf(event.sender, state) !== 'join') return reject('sender.not_joined', 'The sender is not joined');
  const senderLevel = powerLevelOf(event.sender, state);
  // 7.
  if (event.type === 'm.room.third_party_invite') {
    if (senderLevel >= requiredActionLevel('invite', state)) return ALLOW;
    return reject('third_party_invite.power', 'The sender may not invite');
  }
  // 8.
  const required = requiredPowerLevel(state, event.type, event.stateKey !== undefined);
  if (!(senderLevel >= required)) return reject('event.power', `The event takes power level ${required}`);
  // 9.
  if (event.stateKey?.startsWith('@') === true && event.stateKey !== event.sender) {
    return reject('state_key.other_user', "The state_key is another user's");
  }
  // 10.
  if (event.type === 'm.room.power_levels') return checkPowerLevels(event, create, state);
  // 11. of versions 1 and 2
  if (event.type === 'm.room.redaction' && event.rules.redactionAuthorizedByRules) return checkRedaction(event, state);
  // 11.
  return ALLOW;
}
