import type { RoomEvent } from '@plexus/room-dag';
import { isOutlier } from '../rooms/known-event.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';

/** What is stored of what an event names. */
export interface KnownBefore {
  /** Those that have a place. */
  readonly prevEvents: readonly KnownEvent[];
  /** Ids of the predecessors without a place. */
  readonly missing: readonly string[];
  readonly authEvents: readonly KnownEvent[];
  /** Whether all of its auth events are stored. */
  readonly hasAuthEvents: boolean;
}

export function knownBefore(edit: RoomEdit, event: RoomEvent): KnownBefore {
  const find = (eventIds: readonly string[]): KnownEvent[] =>
    [...new Set(eventIds)].map((eventId) => edit.eventById(eventId)).filter((known) => known !== undefined);
  const prevEvents = find(event.prevEvents).filter((known) => !isOutlier(known) && known.stateAfter !== undefined);
  const placed = new Set(prevEvents.map((known) => known.event.eventId));
  const authEvents = find(event.authEvents);
  return {
    prevEvents,
    missing: event.prevEvents.filter((eventId) => !placed.has(eventId)),
    authEvents,
    hasAuthEvents: authEvents.length === new Set(event.authEvents).size,
  };
}
