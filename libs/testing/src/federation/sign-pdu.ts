import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import {
  computeContentHash,
  EncodedPdu,
  eventIdOf,
  findRoomVersion,
  parseRoomEvent,
  readReceivedPdu,
  signEvent,
} from '@plexus/room-dag';
import type { Pdu, RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import type { RemoteHomeserver } from './remote-homeserver.ts';

/** Who signs. */
export type Signer = Pick<RemoteHomeserver, 'name' | 'key'>;

/** Signs a template of a membership as the user's server does. */
export function completeTemplate(
  server: Signer,
  { event, room_version: version }: JsonObject,
): { readonly rules: RoomVersionRules; readonly event: RoomEvent } {
  const rules = findRoomVersion(String(version));
  if (rules === undefined) throw new TypeError(`unknown version ${String(version)}`);
  return { rules, event: signPdu(server, event as JsonObject, rules) };
}

/** Hashes and signs what is meant to become an event. */
export function signPdu(server: Signer, proto: JsonObject, rules: RoomVersionRules): RoomEvent {
  const { hashes: _hashes, signatures: _signatures, unsigned: _unsigned, ...common } = proto;
  const namesItself = rules.eventIdFormat === 'server-chosen';
  const rest = namesItself ? { ...common, event_id: newEventId(server) } : common;
  const sha256 = computeContentHash(rest, rules);
  return cosign(server, readEvent({ ...rest, hashes: { sha256 }, signatures: {} }, rules));
}

/** Adds the server's signature to an event of the wire. */
export function acceptPdu(server: Signer, pdu: Pdu, rules: RoomVersionRules): RoomEvent {
  const read = readReceivedPdu(pdu, rules);
  if (read.outcome !== 'ok') throw new TypeError(`the event cannot be read: ${read.outcome}`);
  return cosign(server, read.event);
}

/** An id such as servers choose it in room versions 1 and 2. */
export function newEventId({ name }: Signer): string {
  return `$${crypto.randomUUID()}:${name}`;
}

/** The events in an answer. */
export function eventsOf(list: JsonValue | undefined, rules: RoomVersionRules): RoomEvent[] {
  return Array.isArray(list) ? list.map((pdu) => readEvent(pdu as JsonObject, rules)) : [];
}

function readEvent(pdu: JsonObject, rules: RoomVersionRules): RoomEvent {
  const encoded = new EncodedPdu(pdu, rules);
  return parseRoomEvent(encoded.full(), eventIdOf(encoded), rules);
}

function cosign({ name: serverName, key }: Signer, event: RoomEvent): RoomEvent {
  return signEvent(event, [{ serverName, key }]).event;
}
