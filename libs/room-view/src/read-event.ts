import { findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { StoredEvent } from '@plexus/storage';

/** What is needed of a stored event to show it. */
export type ReadableEvent = Pick<
  StoredEvent,
  'eventNid' | 'eventId' | 'stateBefore' | 'stateAfter' | 'json' | 'redactedBy'
>;

/** Parses a stored event of a room of this version. */
export function readEvent(stored: Pick<ReadableEvent, 'eventId' | 'json'>, roomVersion: string): RoomEvent {
  const rules = findRoomVersion(roomVersion);
  if (rules === undefined) throw new TypeError(`a stored room has the unknown version ${roomVersion}`);
  return parseRoomEvent(stored.json, stored.eventId, rules);
}
