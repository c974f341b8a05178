import { isJsonObject, isUserId } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomEvent } from './pdu.ts';

/** A state event reduced to four members, for people who are not in the room. */
export interface StrippedStateEvent {
  type: string;
  state_key: string;
  sender: string;
  content: JsonObject;
}

/**
 * The state, all with an empty state key, that an invite or knock should carry
 * (https://spec.matrix.org/v1.19/client-server-api/#stripped-state); an invite also carries the inviting user's membership.
 */
export const STRIPPED_STATE_TYPES = [
  'm.room.create',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.encryption',
] as const;

/** Reduces a state event. The caller guarantees that it is one; else it throws. */
export function toStrippedState(event: RoomEvent): StrippedStateEvent {
  if (event.stateKey === undefined) throw new TypeError(`${event.eventId} is not a state event`);
  return { type: event.type, state_key: event.stateKey, sender: event.sender, content: event.content };
}

/**
 * Reads what another server sent as stripped state, a PDU or already reduced, and prunes it for clients. Returns nothing for a value that
 * has not the four members.
 */
export function pruneStrippedState(value: JsonValue): StrippedStateEvent | undefined {
  if (!isJsonObject(value)) return undefined;
  const { type, state_key, sender, content } = value;
  if (typeof type !== 'string' || typeof state_key !== 'string') return undefined;
  if (!isUserId(sender) || !isJsonObject(content)) return undefined;
  return { type, state_key, sender, content };
}
