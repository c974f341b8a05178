import type { RoomEvent } from '../pdu/pdu.ts';
import { createEventIdFromRoomId } from '../pdu/event-id.ts';
import { nameOfStateKey } from '../state-trie/state-node.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthAllow, AuthReject, MissingEvents } from './auth-outcome.ts';
import type { AuthState, EventLookup } from './auth-state.ts';
import { authStateOf } from './auth-state.ts';
import { authTypesForEvent } from './auth-types-for-event.ts';

/**
 * Decides whether the events that an event cites as its `auth_events` may authorize it
 * (https://spec.matrix.org/v1.19/rooms/v12/#authorisation-rules): each key once, only keys that the selection names, none of them
 * rejected, with a create event (up to version 11), all of the same room. From version 12 on also whether the room id names an accepted
 * create event. `missing` means that no known event forbids it and the named ones are not loaded. Numbers are those of version 12.
 */
export function checkAuthEvents(event: RoomEvent, events: EventLookup): AuthAllow | AuthReject | MissingEvents {
  if (event.type === 'm.room.create') return ALLOW;
  const missing = event.authEvents.filter((eventId) => events.find(eventId) === undefined);
  const rejection = checkRoomId(event, events, missing) ?? checkEntries(event, events);
  if (rejection !== undefined) return rejection;
  if (missing.length > 0) return { outcome: 'missing', eventIds: [...new Set(missing)] };
  return checkCreateIsCited(event, events) ?? ALLOW;
}

/**
 * The state that an event's auth events form: what the fourth check on receipt of a PDU reads. From version 12 on with the create event
 * that the room id names. Events that are not loaded are left out.
 */
export function authEventsStateOf(event: RoomEvent, events: EventLookup): AuthState {
  const ids = event.rules.createEventInAuthEvents
    ? event.authEvents
    : [createEventIdFromRoomId(event.roomId), ...event.authEvents];
  return authStateOf(ids.map((eventId) => events.find(eventId)).filter((found) => found !== undefined));
}

/** 2., from version 12 on. */
function checkRoomId(event: RoomEvent, events: EventLookup, missing: string[]): AuthReject | undefined {
  if (!event.rules.roomIdIsCreateEventHash) return undefined;
  const createId = createEventIdFromRoomId(event.roomId);
  const create = events.find(createId);
  if (create === undefined) {
    missing.push(createId);
    return undefined;
  }
  if (create.type === 'm.room.create' && create.stateKey === '' && !events.isRejected(createId)) return undefined;
  return reject('room_id.not_a_create_event', 'The room_id names no accepted create event');
}

function checkEntries(event: RoomEvent, events: EventLookup): AuthReject | undefined {
  const expected = new Set(authTypesForEvent(event).map(nameOfStateKey));
  const seen = new Set<string>();
  for (const eventId of event.authEvents) {
    const entry = events.find(eventId);
    const rejection = entry && checkEntry(entry, { event, events, expected, seen });
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

interface EntryContext {
  readonly event: RoomEvent;
  readonly events: EventLookup;
  readonly expected: ReadonlySet<string>;
  readonly seen: Set<string>;
}

function checkEntry(entry: RoomEvent, { event, events, expected, seen }: EntryContext): AuthReject | undefined {
  const { type, stateKey } = entry;
  const name = stateKey === undefined ? undefined : nameOfStateKey({ type, stateKey });
  // 3.1
  if (name !== undefined && seen.has(name)) return reject('auth_events.duplicate', `Two auth events of type ${type}`);
  // 3.2
  if (name === undefined || !expected.has(name)) {
    return reject('auth_events.unexpected', `An auth event of type ${type} is out of place`);
  }
  seen.add(name);
  // 3.3
  if (events.isRejected(entry.eventId)) return reject('auth_events.rejected', `${entry.eventId} was rejected`);
  // 3.5
  if (entry.roomId !== event.roomId) return reject('auth_events.other_room', `${entry.eventId} is of another room`);
  return undefined;
}

/** 2.4, up to version 11. */
function checkCreateIsCited(event: RoomEvent, events: EventLookup): AuthReject | undefined {
  if (!event.rules.createEventInAuthEvents) return undefined;
  const isCited = event.authEvents.some((eventId) => events.find(eventId)?.type === 'm.room.create');
  return isCited ? undefined : reject('auth_events.no_create', 'No create event among the auth events');
}
