import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEvent } from './pdu.ts';

/** An event as clients see it, wire names untouched. */
export interface ClientEvent {
  event_id: string;
  type: string;
  sender: string;
  origin_server_ts: number;
  content: JsonObject;
  room_id?: string;
  state_key?: string;
  redacts?: string;
  unsigned?: JsonObject;
}

/**
 * An event in the format for clients (https://spec.matrix.org/v1.19/client-server-api/#room-event-format), with the room id. `unsigned` is what
 * the caller knows about the event: its age, transaction id, `redacted_because`.
 */
export function toClientEvent(event: RoomEvent, unsigned?: JsonObject): ClientEvent {
  return { ...toClientEventWithoutRoomId(event, unsigned), room_id: event.roomId };
}

/** The same where the response names the room elsewhere, as in `/sync`. */
export function toClientEventWithoutRoomId(event: RoomEvent, unsigned?: JsonObject): ClientEvent {
  const clientEvent: ClientEvent = {
    event_id: event.eventId,
    type: event.type,
    sender: event.sender,
    origin_server_ts: event.originServerTs,
    content: event.content,
  };
  if (event.stateKey !== undefined) clientEvent.state_key = event.stateKey;
  if (event.redacts !== undefined) nameRedactedTwice(clientEvent, event.redacts);
  if (unsigned !== undefined) clientEvent.unsigned = unsigned;
  return clientEvent;
}

/**
 * A redaction names the event both at the top level and in `content`, whichever the room version has: for older and for newer clients
 * (https://spec.matrix.org/v1.19/rooms/v11/#moving-the-redacts-property-of-mroomredaction-events-to-a-content-property).
 */
function nameRedactedTwice(clientEvent: ClientEvent, redacts: string): void {
  clientEvent.redacts = redacts;
  if (clientEvent.content['redacts'] !== redacts) clientEvent.content = { ...clientEvent.content, redacts };
}
