import type { JsonValue } from '@plexus/matrix-base';
import { checkFormat, eventIdOf, isCreateEvent, roomIdFromCreateEventId } from '@plexus/room-dag';
import type { Drop, Pdu, RoomVersionRules, ValidFormat } from '@plexus/room-dag';

/** A PDU of valid format, with its identifier; nothing else of it is checked. One that is changed has to be identified anew. */
export interface IdentifiedPdu {
  readonly outcome: 'ok';
  readonly eventId: string;
  readonly roomId: string;
  readonly rules: RoomVersionRules;
  readonly pdu: Pdu;
  /** Canonical JSON of it, without `unsigned`. */
  readonly bytes: Buffer;
  readonly format: ValidFormat;
}

/**
 * Check 1 on receipt of a PDU (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu), and what the event is called:
 * enough to find out whether it is stored already. The caller parsed the value with `parseJson` and knows the room's version.
 */
export function identifyPdu(value: JsonValue, rules: RoomVersionRules): IdentifiedPdu | Drop {
  const format = checkFormat(value, rules);
  if (format.outcome === 'drop') return format;
  const { encoded, bytes } = format;
  const eventId = eventIdOf(encoded);
  return {
    outcome: 'ok',
    eventId,
    roomId: roomIdOf(encoded.pdu, eventId, rules),
    rules,
    pdu: encoded.pdu,
    bytes,
    format,
  };
}

/** From version 12 on a create event names its room by its own hash. */
function roomIdOf(pdu: Pdu, eventId: string, rules: RoomVersionRules): string {
  if (rules.roomIdIsCreateEventHash && isCreateEvent(pdu)) return roomIdFromCreateEventId(eventId);
  return String(pdu['room_id']);
}
