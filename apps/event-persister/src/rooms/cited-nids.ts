import type { RoomEvent } from '@plexus/room-dag';
import type { KnownEvent } from './known-event.ts';

/**
 * Numbers of the events of which it is kept that a state event cites them. Resolution alone asks for that, and never who cites the create event, which
 * all do.
 */
export function citedNids(event: RoomEvent, authEvents: readonly KnownEvent[]): number[] {
  if (event.stateKey === undefined) return [];
  return authEvents.filter((cited) => cited.event.type !== 'm.room.create').map(({ eventNid }) => eventNid);
}
