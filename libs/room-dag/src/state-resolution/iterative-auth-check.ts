import type { AuthState } from '../auth-rules/auth-state.ts';
import { authTypesForEvent } from '../auth-rules/auth-types-for-event.ts';
import { checkAuth } from '../auth-rules/check-auth.ts';
import type { RoomEvent, StateKey } from '../pdu/pdu.ts';
import type { PartialState } from './partial-state.ts';
import type { RoomReader } from './room-reader.ts';

/**
 * The iterative auth checks (https://spec.matrix.org/v1.19/rooms/v2/#definitions): applies each event in order to the state if the
 * authorization rules allow it there. For a key that the state lacks, the event's own auth event counts if it was not rejected. Nothing
 * is applied while something is missing.
 */
export function applyAllowed(events: readonly RoomEvent[], state: PartialState, reader: RoomReader): void {
  for (const event of events) readAll(event, state, reader);
  if (reader.missing !== undefined) return;
  for (const event of events) {
    if (event.stateKey === undefined) continue;
    const key = { type: event.type, stateKey: event.stateKey };
    if (checkAuth(event, authStateFor(event, state, reader)).outcome === 'allow') state.applied.set(key, event.eventId);
  }
}

/** Reads what the check of an event may read, so that all that is missing is known at once. */
function readAll(event: RoomEvent, state: PartialState, reader: RoomReader): void {
  reader.findAll(event.authEvents);
  reader.findCreateEvent(event);
  for (const key of authTypesForEvent(event)) findIn(state, key, reader);
}

function authStateFor(event: RoomEvent, state: PartialState, reader: RoomReader): AuthState {
  return {
    find: (type, stateKey) => {
      const key = { type, stateKey };
      return findIn(state, key, reader) ?? findAcceptedAuthEvent(event, key, reader);
    },
  };
}

function findIn(state: PartialState, key: StateKey, reader: RoomReader): RoomEvent | undefined {
  const eventId = state.find(key);
  return eventId === undefined ? undefined : reader.find(eventId);
}

function findAcceptedAuthEvent(event: RoomEvent, key: StateKey, reader: RoomReader): RoomEvent | undefined {
  const isCreate = key.type === 'm.room.create' && key.stateKey === '';
  const found = isCreate ? reader.findCreateEvent(event) : reader.findAuthEvent(event, key);
  return found === undefined || reader.isRejected(found) ? undefined : found;
}
