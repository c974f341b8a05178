import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aBuiltEvent,
  ALL_VERSIONS,
  anEventId,
  aProto,
  findAnyKey,
  keyOf,
  rulesOf,
  signerOf,
} from '../../test-support/signed-pdus.ts';
import { buildRoomEvent } from './build-room-event.ts';
import type { ProtoEvent } from './build-room-event.ts';
import { checkReceivedPdu } from './check-received-pdu.ts';
import { parseRoomEvent } from './parse-room-event.ts';

const V12 = rulesOf('12');

describe('buildRoomEvent', () => {
  it.each(ALL_VERSIONS)(
    'in version %s makes what another server accepts and what reads back the same',
    (_version, rules) => {
      const { event, bytes } = aBuiltEvent(rules, { stateKey: '' });
      expect(bytes.toString()).toBe(encodeCanonicalJson(event.pdu));
      expect(parseRoomEvent(bytes, event.eventId, rules)).toEqual(event);
      const received = checkReceivedPdu(JSON.parse(bytes.toString()), rules, findAnyKey);
      expect(received).toEqual({ outcome: 'ok', event, bytes, isRedactedCopy: false });
    },
  );

  it('does so for any content, type and state key', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const value = fc.jsonValue({ stringUnit: 'grapheme' }).map((json) => withoutFloats(json as JsonValue));
    const proto = fc.record({
      type: fc.oneof(
        fc.constantFrom('m.room.member', 'm.room.power_levels', 'm.room.aliases', 'm.room.join_rules'),
        text,
      ),
      stateKey: fc.option(text, { nil: undefined }),
      content: fc.dictionary(fc.oneof(text, fc.constantFrom('membership', 'users', 'allow', 'aliases')), value),
      depth: fc.nat(),
    });
    fc.assert(
      fc.property(proto, fc.constantFrom(...ALL_VERSIONS), (changes, [, rules]) => {
        const { event, bytes } = aBuiltEvent(rules, changes);
        expect(bytes.toString()).toBe(encodeCanonicalJson(event.pdu));
        const received = checkReceivedPdu(JSON.parse(bytes.toString()), rules, findAnyKey);
        expect(received).toMatchObject({ outcome: 'ok', isRedactedCopy: false, event: { eventId: event.eventId } });
      }),
    );
  });

  it('makes a room id of the create event from version 12 on', () => {
    const create = {
      type: 'm.room.create',
      stateKey: '',
      roomId: undefined,
      prevEvents: [],
      authEvents: [],
      content: { room_version: '12' },
    };
    const { event } = aBuiltEvent(V12, create);
    expect(event.roomId).toBe('!' + event.eventId.slice(1));
    expect(event.pdu).not.toHaveProperty('room_id');
  });

  it.each(ALL_VERSIONS)('in version %s puts redacts where it belongs', (version, rules) => {
    const redacts = anEventId(rules, 'x');
    const { event } = aBuiltEvent(rules, { type: 'm.room.redaction', content: { reason: 'spam' }, redacts });
    const inContent = Number(version) >= 11;
    expect(event.redacts).toBe(redacts);
    expect(event.pdu['redacts']).toBe(inContent ? undefined : redacts);
    expect(event.content).toEqual(inContent ? { reason: 'spam', redacts } : { reason: 'spam' });
  });

  it('references with hashes in versions 1 and 2, and throws where one is missing', () => {
    const rules = rulesOf('2');
    const { event } = aBuiltEvent(rules);
    expect(event.pdu['prev_events']).toEqual([['$p:a.example', { sha256: 'h'.repeat(43) }]]);
    expect(event.prevEvents).toEqual(['$p:a.example']);
    expect(() => buildRoomEvent(aProto(rules, { referenceHashes: undefined }), rules, [])).toThrow(TypeError);
    expect(() => buildRoomEvent(aProto(rules, { eventId: undefined }), rules, [])).toThrow(TypeError);
  });

  it('signs with every signer, servers and keys in order', () => {
    const signers = [signerOf('b.example'), signerOf('a.example', 'ed25519:2'), signerOf('a.example', 'ed25519:1')];
    const built = buildRoomEvent(aProto(V12), V12, signers);
    const event = built.outcome === 'ok' ? built.event : undefined;
    expect(event?.pdu['signatures']).toEqual({
      'a.example': { 'ed25519:1': expect.any(String), 'ed25519:2': expect.any(String) },
      'b.example': { 'ed25519:1': expect.any(String) },
    });
    expect(built.outcome === 'ok' && built.bytes.toString()).toBe(event && encodeCanonicalJson(event.pdu));
  });

  it('cuts the depth off at 2^53−1', () => {
    expect(aBuiltEvent(V12, { depth: 2 ** 53 }).event.depth).toBe(2 ** 53 - 1);
  });

  it.each<[string, Partial<ProtoEvent>, string]>([
    ['a type of 256 bytes', { type: 'a'.repeat(256) }, 'format.type'],
    ['a type of 128 characters and 256 bytes', { type: 'ä'.repeat(128) }, 'format.type'],
    ['a state key of 256 bytes', { stateKey: 'a'.repeat(256) }, 'format.state-key'],
    ['21 prev_events', { prevEvents: Array.from({ length: 21 }, () => anEventId(V12)) }, 'format.prev-events'],
    ['11 auth_events', { authEvents: Array.from({ length: 11 }, () => anEventId(V12)) }, 'format.auth-events'],
    ['a float in the content', { content: { latitude: 1.5 } }, 'json.number'],
    ['a large integer in the content', { content: { a: [2 ** 53] } }, 'json.number'],
    ['half a surrogate pair', { content: { body: '\ud83d' } }, 'json.surrogate'],
    ['too much content', { content: { body: 'a'.repeat(65_536) } }, 'format.size'],
  ])('refuses %s', (_name, changes, rule) => {
    expect(buildRoomEvent(aProto(V12, changes), V12, [signerOf('a.example')])).toMatchObject({ outcome: 'drop', rule });
  });

  it('lets floats through up to version 5', () => {
    expect(aBuiltEvent(rulesOf('5'), { content: { latitude: 1.5 } }).bytes.toString()).toContain('{"latitude":1.5}');
  });

  it('accepts exactly 65,536 bytes, signatures included', () => {
    const rest = aBuiltEvent(V12, { content: { body: '' } }).bytes.length;
    expect(aBuiltEvent(V12, { content: { body: 'a'.repeat(65_536 - rest) } }).bytes.length).toBe(65_536);
    const proto = aProto(V12, { content: { body: 'ä'.repeat(Math.ceil((65_537 - rest) / 2)) } });
    expect(buildRoomEvent(proto, V12, [{ serverName: 'a.example', key: keyOf() }])).toMatchObject({
      rule: 'format.size',
    });
  });
});

function withoutFloats(value: JsonValue): JsonValue {
  return JSON.parse(
    JSON.stringify(value, (_key, member: unknown) => (typeof member === 'number' ? Math.trunc(member % 1e15) : member)),
  );
}
