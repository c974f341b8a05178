import {
  CanonicalJsonError,
  encodeCanonicalJson,
  encodeCanonicalString,
  fitsBytes,
  sha256Base64,
} from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { eventIdFromSignedText, roomIdFromCreateEventId } from './event-id.ts';
import { MAX_AUTH_EVENTS, MAX_DEPTH, MAX_FIELD_BYTES, MAX_PDU_BYTES, MAX_PREV_EVENTS } from './limits.ts';
import { drop } from './outcome.ts';
import type { Drop } from './outcome.ts';
import type { Pdu, RoomEvent } from './pdu.ts';
import { redactContent } from './redact.ts';
import { signText } from './sign-event.ts';
import type { EventSigner } from './sign-event.ts';

/** What the maker of an event decides; hashes, signatures and (from version 3 on) the identifier follow from it. */
export interface ProtoEvent {
  readonly type: string;
  readonly sender: string;
  /** Nothing only for the create event of a room whose id is that event's hash. */
  readonly roomId: string | undefined;
  /** Present on state events only. */
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
  readonly prevEvents: readonly string[];
  readonly authEvents: readonly string[];
  /** More than the highest depth of `prevEvents`; cut off at the limit. */
  readonly depth: number;
  readonly originServerTs: number;
  /** Of redactions: goes to where the room version keeps it. */
  readonly redacts?: string | undefined;
  /** Versions 1 and 2 only: the id that the sender's server chose. */
  readonly eventId?: string | undefined;
  /** Versions 1 and 2 only: the reference hashes of `prevEvents` and `authEvents` in unpadded Base64; nothing where another server told none. */
  readonly referenceHashes?: ReadonlyMap<string, string | undefined> | undefined;
}

/** `bytes` is the canonical JSON of the signed event: what is stored, published and sent. */
export interface BuiltRoomEvent {
  readonly outcome: 'ok';
  readonly event: RoomEvent;
  readonly bytes: Buffer;
}

/**
 * Hashes and signs a new event (https://spec.matrix.org/v1.19/server-server-api/#adding-hashes-and-signatures-to-outgoing-events). `drop`
 * means that the proto-event cannot become a valid event: it is too large, or its content is not canonical JSON. The caller guarantees
 * valid identifiers, and that the sender's server is among the signers.
 */
export function buildRoomEvent(
  proto: ProtoEvent,
  rules: RoomVersionRules,
  signers: readonly EventSigner[],
): BuiltRoomEvent | Drop {
  const tooLarge = findExceededLimit(proto);
  if (tooLarge !== undefined) return tooLarge;
  try {
    return hashAndSign(proto, rules, signers);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return drop(error.fault, error.message);
    throw error;
  }
}

function findExceededLimit(proto: ProtoEvent): Drop | undefined {
  if (!fitsBytes(proto.type, MAX_FIELD_BYTES)) return drop('format.type', 'type exceeds 255 bytes');
  if (proto.stateKey !== undefined && !fitsBytes(proto.stateKey, MAX_FIELD_BYTES)) {
    return drop('format.state-key', 'state_key exceeds 255 bytes');
  }
  if (proto.prevEvents.length > MAX_PREV_EVENTS) return drop('format.prev-events', 'more than 20 prev_events');
  if (proto.authEvents.length > MAX_AUTH_EVENTS) return drop('format.auth-events', 'more than 10 auth_events');
  return undefined;
}

/**
 * @NOTE The texts under content hash, signatures and storage differ in few members, so each member is encoded once and the texts are
 * put together in the order of the keys.
 */
function hashAndSign(
  proto: ProtoEvent,
  rules: RoomVersionRules,
  signers: readonly EventSigner[],
): BuiltRoomEvent | Drop {
  const wire = wireFieldsOf(proto, rules);
  const numbers = rules.strictCanonicalJson ? 'integers' : 'any';
  const content = encodeCanonicalJson(wire.content, numbers);
  const redactedContent = encodeCanonicalJson(redactContent(proto.type, wire.content, rules), numbers);

  const upToContent = `{"auth_events":${encodeCanonicalJson(wire.authEvents)},"content":`;
  const afterContent = `,"depth":${wire.depth}${member('event_id', wire.eventId)}`;
  const upToRedacts = `,"origin_server_ts":${encodeCanonicalJson(proto.originServerTs)},"prev_events":${encodeCanonicalJson(wire.prevEvents)}`;
  const redacts = member('redacts', wire.redacts);
  const upToSignatures = `${member('room_id', wire.roomId)},"sender":${encodeCanonicalString(proto.sender)}`;
  const rest = `${member('state_key', proto.stateKey)},"type":${encodeCanonicalString(proto.type)}}`;

  const sha256 = sha256Base64(upToContent + content + afterContent + upToRedacts + redacts + upToSignatures + rest);
  const hashes = `,"hashes":{"sha256":"${sha256}"}`;
  const signedText = upToContent + redactedContent + afterContent + hashes + upToRedacts + upToSignatures + rest;
  const signatures = signText(signedText, signers);
  const signed = `,"signatures":${encodeCanonicalJson(signatures)}`;
  const bytes = Buffer.from(
    upToContent + content + afterContent + hashes + upToRedacts + redacts + upToSignatures + signed + rest,
  );
  if (bytes.length > MAX_PDU_BYTES) return drop('format.size', `the event has ${bytes.length} bytes`);
  const eventId = eventIdFromSignedText(signedText, wire.eventId, rules);
  return { outcome: 'ok', event: roomEventOf(proto, rules, { ...wire, eventId, sha256, signatures }), bytes };
}

function member(key: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${key}":${encodeCanonicalString(value)}`;
}

/** The members of the event whose place or shape depends on the room version, in their wire form. */
interface WireFields {
  readonly content: JsonObject;
  readonly authEvents: JsonValue[];
  readonly prevEvents: JsonValue[];
  readonly depth: number;
  readonly eventId: string | undefined;
  readonly roomId: string | undefined;
  readonly redacts: string | undefined;
}

function wireFieldsOf(proto: ProtoEvent, rules: RoomVersionRules): WireFields {
  const { redactsInContent } = rules.redaction;
  const { redacts } = proto;
  return {
    content: redacts !== undefined && redactsInContent ? { ...proto.content, redacts } : proto.content,
    authEvents: referencesOf(proto.authEvents, proto, rules),
    prevEvents: referencesOf(proto.prevEvents, proto, rules),
    depth: Math.min(proto.depth, MAX_DEPTH),
    eventId: rules.eventIdFormat === 'server-chosen' ? proto.eventId : undefined,
    roomId: proto.roomId,
    redacts: redactsInContent ? undefined : redacts,
  };
}

function referencesOf(eventIds: readonly string[], proto: ProtoEvent, rules: RoomVersionRules): JsonValue[] {
  if (rules.eventReferences === 'ids') return [...eventIds];
  return eventIds.map((eventId) => {
    if (proto.referenceHashes?.has(eventId) !== true)
      throw new TypeError(`The reference hash of ${eventId} is missing`);
    const sha256 = proto.referenceHashes.get(eventId);
    return [eventId, sha256 === undefined ? {} : { sha256 }];
  });
}

interface SignedFields extends WireFields {
  readonly eventId: string;
  readonly sha256: string;
  readonly signatures: JsonObject;
}

function roomEventOf(proto: ProtoEvent, rules: RoomVersionRules, wire: SignedFields): RoomEvent {
  return {
    eventId: wire.eventId,
    roomId: wire.roomId ?? roomIdFromCreateEventId(wire.eventId),
    rules,
    type: proto.type,
    sender: proto.sender,
    stateKey: proto.stateKey,
    content: wire.content,
    depth: wire.depth,
    originServerTs: proto.originServerTs,
    prevEvents: proto.prevEvents,
    authEvents: proto.authEvents,
    redacts: proto.type === 'm.room.redaction' ? proto.redacts : undefined,
    pdu: pduOf(proto, rules, wire),
  };
}

function pduOf(proto: ProtoEvent, rules: RoomVersionRules, wire: SignedFields): Pdu {
  const pdu: Pdu = {
    auth_events: wire.authEvents,
    content: wire.content,
    depth: wire.depth,
    hashes: { sha256: wire.sha256 },
    origin_server_ts: proto.originServerTs,
    prev_events: wire.prevEvents,
    sender: proto.sender,
    signatures: wire.signatures,
    type: proto.type,
  };
  if (rules.eventIdFormat === 'server-chosen') pdu['event_id'] = wire.eventId;
  if (wire.roomId !== undefined) pdu['room_id'] = wire.roomId;
  if (wire.redacts !== undefined) pdu['redacts'] = wire.redacts;
  if (proto.stateKey !== undefined) pdu['state_key'] = proto.stateKey;
  return pdu;
}
