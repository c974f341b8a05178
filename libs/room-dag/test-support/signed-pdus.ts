import { decodeBase64, SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent } from '../src/pdu/build-room-event.ts';
import type { BuiltRoomEvent, ProtoEvent } from '../src/pdu/build-room-event.ts';
import type { FindVerifyKey } from '../src/pdu/check-signatures.ts';
import type { EventSigner } from '../src/pdu/sign-event.ts';
import type { RoomVersionRules } from '../src/room-version/rules.ts';
import { findRoomVersion, ROOM_VERSIONS } from '../src/room-version/versions.ts';

/** The rules of all versions, as rows of a table: `[version, rules]`. */
export const ALL_VERSIONS: [string, RoomVersionRules][] = ROOM_VERSIONS.map((version) => [version, rulesOf(version)]);

export function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new Error(`no room version ${version}`);
  return rules;
}

/** The key of https://spec.matrix.org/v1.19/appendices/#cryptographic-test-vectors under any name. */
export function keyOf(keyId = 'ed25519:1'): SigningKey {
  return new SigningKey(keyId, decodeBase64('YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1') ?? new Uint8Array());
}

export function signerOf(serverName: string, keyId?: string): EventSigner {
  return { serverName, key: keyOf(keyId) };
}

/** Every server has the one key `ed25519:1`, valid for ever. */
export const findAnyKey: FindVerifyKey = (_serverName, keyId) =>
  keyId === 'ed25519:1' ? { publicKey: keyOf().publicKey, validUntilTs: Number.MAX_SAFE_INTEGER } : undefined;

/** An event id in the format of a version. */
export function anEventId(rules: RoomVersionRules, letter = 'a'): string {
  return rules.eventIdFormat === 'server-chosen' ? `$${letter}:a.example` : '$' + letter.repeat(43);
}

/** A message in a room of a version; all that a version needs is there. */
export function aProto(rules: RoomVersionRules, changes: Partial<ProtoEvent> = {}): ProtoEvent {
  const references = [anEventId(rules, 'p'), anEventId(rules, 'q')];
  return {
    type: 'm.room.message',
    sender: '@alice:a.example',
    roomId: rules.roomIdIsCreateEventHash ? '!' + 'r'.repeat(43) : '!room:a.example',
    content: { body: 'Hello', msgtype: 'm.text' },
    prevEvents: references.slice(0, 1),
    authEvents: references,
    depth: 12,
    originServerTs: 1_700_000_000_000,
    eventId: rules.eventIdFormat === 'server-chosen' ? anEventId(rules, 'e') : undefined,
    referenceHashes: new Map(references.map((eventId) => [eventId, 'h'.repeat(43)])),
    ...changes,
  };
}

/** That message, hashed and signed by `a.example`. */
export function aBuiltEvent(rules: RoomVersionRules, changes: Partial<ProtoEvent> = {}): BuiltRoomEvent {
  const built = buildRoomEvent(aProto(rules, changes), rules, [signerOf('a.example')]);
  if (built.outcome !== 'ok') throw new Error(built.because);
  return built;
}

/** A copy of that message's wire form with some members replaced, and others removed (`undefined`). Its hashes do not fit any more. */
export function aPduWith(rules: RoomVersionRules, changes: { readonly [key: string]: unknown }): JsonObject {
  const pdu: JsonObject = JSON.parse(JSON.stringify({ ...aBuiltEvent(rules).event.pdu, ...changes }));
  return pdu;
}
