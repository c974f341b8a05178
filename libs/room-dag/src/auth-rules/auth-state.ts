import { findServerName, isUserId } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import { findOwn, findOwnString } from './own-value.ts';

/**
 * The room state that an event is checked against. `undefined` says that the state has no such entry. The rules ask for the keys of
 * `authTypesForEvent` and for the create event, for nothing else. From room version 12 on the state must hold the create event although
 * no event cites it.
 */
export interface AuthState {
  find(type: string, stateKey: string): RoomEvent | undefined;
}

/** The events that the caller has, by id. */
export interface EventLookup {
  /** `undefined` says "not loaded". */
  find(eventId: string): RoomEvent | undefined;
  /** Whether a loaded event was rejected when it was received. */
  isRejected(eventId: string): boolean;
}

/** A state made of the given events; of two with one key the later counts. Message events are left out. */
export function authStateOf(events: Iterable<RoomEvent>): AuthState {
  const byType = new Map<string, Map<string, RoomEvent>>();
  for (const event of events) {
    if (event.stateKey === undefined) continue;
    const ofType = byType.get(event.type) ?? new Map<string, RoomEvent>();
    byType.set(event.type, ofType.set(event.stateKey, event));
  }
  return { find: (type, stateKey) => byType.get(type)?.get(stateKey) };
}

export function findCreateEvent(state: AuthState): RoomEvent | undefined {
  return state.find('m.room.create', '');
}

/** A user's membership; `leave` for a user without any. */
export function membershipOf(userId: string, state: AuthState): string {
  const member = state.find('m.room.member', userId);
  return (member && findOwnString(member.content, 'membership')) ?? 'leave';
}

/** @NOTE A room without join rules is invite-only: the specification names no default, all servers take this one. */
export function joinRuleOf(state: AuthState): string | undefined {
  const joinRules = state.find('m.room.join_rules', '');
  return joinRules === undefined ? 'invite' : findOwnString(joinRules.content, 'join_rule');
}

/** The user whose server vouches for a restricted join: `join_authorised_via_users_server`, if it is a user id. */
export function findAuthorisingUser(event: Pick<RoomEvent, 'content'>): string | undefined {
  const value = findOwn(event.content, 'join_authorised_via_users_server');
  return isUserId(value) ? value : undefined;
}

/** Whether two identifiers name the same server. Identifiers without a server name none. */
export function isOfSameServer(a: string, b: string): boolean {
  const server = findServerName(a);
  return server !== undefined && server === findServerName(b);
}
