import { authEventsStateOf, checkAuth, checkAuthEvents } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomEdit } from '../rooms/room-edit.ts';

/**
 * The fourth check on receipt of a PDU (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu): the rule that
 * rejects an event by the events that it cites, if one does. The caller has looked up all of them.
 */
export function checkByAuthEvents(edit: RoomEdit, event: RoomEvent): string | undefined {
  const events = {
    find: (eventId: string) => edit.eventById(eventId)?.event,
    isRejected: (eventId: string) => edit.eventById(eventId)?.status === 'rejected',
  };
  const byAuthEvents = checkAuthEvents(event, events);
  if (byAuthEvents.outcome === 'reject') return byAuthEvents.rule;
  const byState = checkAuth(event, authEventsStateOf(event, events));
  return byState.outcome === 'reject' ? byState.rule : undefined;
}
