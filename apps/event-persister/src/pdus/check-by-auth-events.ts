import { authEventsStateOf, checkAuth, checkAuthEvents } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { KnownEvent } from '../rooms/known-event.ts';

export interface KnownEvents {
  /** Nothing where the room has no such event, or where it is not known yet whether it has. */
  eventById(eventId: string): KnownEvent | undefined;
}

/**
 * The fourth check on receipt of a PDU (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu): the rule that
 * rejects an event by the events that it cites, if one does. The caller has looked up all of them.
 */
export function checkByAuthEvents(known: KnownEvents, event: RoomEvent): string | undefined {
  const events = {
    find: (eventId: string) => known.eventById(eventId)?.event,
    isRejected: (eventId: string) => known.eventById(eventId)?.status === 'rejected',
  };
  const byAuthEvents = checkAuthEvents(event, events);
  if (byAuthEvents.outcome === 'reject') return byAuthEvents.rule;
  const byState = checkAuth(event, authEventsStateOf(event, events));
  return byState.outcome === 'reject' ? byState.rule : undefined;
}
