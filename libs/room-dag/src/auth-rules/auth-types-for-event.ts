import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEvent, StateKey } from '../pdu/pdu.ts';
import { findAuthorisingUser } from './auth-state.ts';
import { findOwn, findOwnString } from './own-value.ts';

/** The parts of an event that decide which state authorizes it; a proto-event has them before it has an id. */
export type AuthSubject = Pick<RoomEvent, 'type' | 'sender' | 'stateKey' | 'content' | 'rules'>;

const CREATE: StateKey = { type: 'm.room.create', stateKey: '' };
const POWER_LEVELS: StateKey = { type: 'm.room.power_levels', stateKey: '' };
const JOIN_RULES: StateKey = { type: 'm.room.join_rules', stateKey: '' };

/**
 * Selects the entries of room state whose events make up an event's `auth_events`, as far as the state has them
 * (https://spec.matrix.org/v1.19/server-server-api/#auth-events-selection). Each key comes once. The create event has none; from room
 * version 12 on it is not selected either, since the room id names it.
 */
export function authTypesForEvent(event: AuthSubject): StateKey[] {
  if (event.type === 'm.room.create') return [];
  const keys = [POWER_LEVELS, memberKey(event.sender)];
  if (event.rules.createEventInAuthEvents) keys.unshift(CREATE);
  if (event.type === 'm.room.member' && event.stateKey !== undefined) addMemberKeys(event, event.stateKey, keys);
  return keys;
}

function addMemberKeys(event: AuthSubject, targetUserId: string, keys: StateKey[]): void {
  if (targetUserId !== event.sender) keys.push(memberKey(targetUserId));
  const membership = findOwn(event.content, 'membership');
  if (membership === 'join' || membership === 'invite' || membership === 'knock') keys.push(JOIN_RULES);
  if (membership === 'invite') addThirdPartyInvite(event.content, keys);
  if (membership === 'join' && event.rules.restrictedJoins) addAuthorisingUser(event, targetUserId, keys);
}

function addThirdPartyInvite(content: JsonObject, keys: StateKey[]): void {
  const invite = findOwn(content, 'third_party_invite');
  const signed = isJsonObject(invite) ? findOwn(invite, 'signed') : undefined;
  const token = isJsonObject(signed) ? findOwnString(signed, 'token') : undefined;
  if (token !== undefined) keys.push({ type: 'm.room.third_party_invite', stateKey: token });
}

function addAuthorisingUser(event: AuthSubject, targetUserId: string, keys: StateKey[]): void {
  const userId = findAuthorisingUser(event);
  if (userId !== undefined && userId !== event.sender && userId !== targetUserId) keys.push(memberKey(userId));
}

function memberKey(userId: string): StateKey {
  return { type: 'm.room.member', stateKey: userId };
}
