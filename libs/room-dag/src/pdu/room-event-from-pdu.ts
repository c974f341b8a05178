import { findNumber, isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { roomIdFromCreateEventId } from './event-id.ts';
import type { Pdu, RoomEvent } from './pdu.ts';

/**
 * Takes the fields that rules and resolution read out of an event. The caller guarantees that the event passed `checkFormat` once and
 * that the id is its own; a field of a wrong type throws.
 */
export function roomEventFromPdu(pdu: Pdu, eventId: string, rules: RoomVersionRules): RoomEvent {
  const type = readString(pdu, 'type');
  const content = readObject(pdu, 'content');
  return {
    eventId,
    roomId:
      rules.roomIdIsCreateEventHash && isCreateEvent(pdu)
        ? roomIdFromCreateEventId(eventId)
        : readString(pdu, 'room_id'),
    rules,
    type,
    sender: readString(pdu, 'sender'),
    stateKey: pdu['state_key'] === undefined ? undefined : readString(pdu, 'state_key'),
    content,
    depth: readNumber(pdu, 'depth'),
    originServerTs: readNumber(pdu, 'origin_server_ts'),
    prevEvents: readReferences(pdu, 'prev_events'),
    authEvents: readReferences(pdu, 'auth_events'),
    redacts: findRedacts(pdu, content, rules),
    pdu,
  };
}

/** Whether an event makes its room: type `m.room.create` and an empty state key. */
export function isCreateEvent(pdu: Pdu): boolean {
  return pdu['type'] === 'm.room.create' && pdu['state_key'] === '';
}

function findRedacts(pdu: Pdu, content: JsonObject, rules: RoomVersionRules): string | undefined {
  if (pdu['type'] !== 'm.room.redaction') return undefined;
  const redacts = rules.redaction.redactsInContent ? content['redacts'] : pdu['redacts'];
  return typeof redacts === 'string' ? redacts : undefined;
}

/** In versions 1 and 2 a reference is a pair of event id and hashes. */
function readReferences(pdu: Pdu, key: string): readonly string[] {
  const references = pdu[key];
  if (!Array.isArray(references)) throw new TypeError(`The event's ${key} is not an array`);
  return references.map(readReference);
}

function readReference(reference: JsonValue): string {
  const eventId = Array.isArray(reference) ? reference[0] : reference;
  if (typeof eventId !== 'string') throw new TypeError('A reference of the event is not an event id');
  return eventId;
}

function readString(pdu: Pdu, key: string): string {
  const value = pdu[key];
  if (typeof value !== 'string') throw new TypeError(`The event's ${key} is not a string`);
  return value;
}

function readNumber(pdu: Pdu, key: string): number {
  const value = findNumber(pdu[key]);
  if (value === undefined) throw new TypeError(`The event's ${key} is not a number`);
  return value;
}

function readObject(pdu: Pdu, key: string): JsonObject {
  const value = pdu[key];
  if (!isJsonObject(value)) throw new TypeError(`The event's ${key} is not an object`);
  return value;
}
