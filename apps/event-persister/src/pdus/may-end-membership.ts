import type { RoomEvent } from '@plexus/room-dag';
import { findServerName, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { UserRoom } from '@plexus/storage';

/**
 * Whether an event ends an invite or a knock of a hosted user in a room of which no state is at hand that would say who may: an invite is taken back by who
 * sent it; a knock is turned down by a server that told us of the room.
 */
export function mayEndMembership(event: Pick<RoomEvent, 'sender'>, current: UserRoom | undefined): boolean {
  if (current?.membership === 'invite') return event.sender === current.sender;
  if (current?.membership !== 'knock' || current.strippedState === undefined) return false;
  return sendersOf(current.strippedState).has(findServerName(event.sender));
}

/** The servers of who sent the state that came with a knock. */
function sendersOf(strippedState: Buffer): ReadonlySet<string | undefined> {
  const parsed = parseJson(strippedState);
  const events = parsed.outcome === 'ok' && Array.isArray(parsed.value) ? parsed.value : [];
  const senders = events.map((event) => (isJsonObject(event) ? event['sender'] : undefined));
  return new Set(senders.filter((sender) => typeof sender === 'string').map((sender) => findServerName(sender)));
}
