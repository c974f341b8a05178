import type { RoomEvent } from '@plexus/room-dag';
import { findServerName } from '@plexus/matrix-base';
import type { UserRoom } from '@plexus/storage';
import { sendersIn } from '../rooms/stored-stripped-state.ts';

/**
 * Whether an event ends an invite or a knock of a hosted user in a room of which no state is at hand that would say who may: an invite is taken back by who
 * sent it; a knock is turned down by a server that told us of the room.
 */
export function mayEndMembership(event: Pick<RoomEvent, 'sender'>, current: UserRoom | undefined): boolean {
  if (current?.membership === 'invite') return event.sender === current.sender;
  const server = findServerName(event.sender);
  return current?.membership === 'knock' && server !== undefined && sendersIn(current.strippedState).has(server);
}
