import { parseJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aBuiltEvent, ALL_VERSIONS, aPduWith, rulesOf } from '../../test-support/signed-pdus.ts';
import { checkFormat } from './check-format.ts';

const HASH = 'h'.repeat(43);

/** Changes to a valid event that make it invalid: in which versions, by which rule. */
const INVALID: [string, { [key: string]: unknown }, string, { from?: number; to?: number }][] = [
  ['no sender', { sender: undefined }, 'format.sender', {}],
  ['a sender that is no user id', { sender: 'alice' }, 'format.sender', {}],
  ['a sender of 256 bytes', { sender: `@${'a'.repeat(245)}:a.example` }, 'format.sender', {}],
  ['a sender on no server', { sender: '@alice:a_b' }, 'format.sender', {}],
  ['no type', { type: undefined }, 'format.type', {}],
  ['a type that is no text', { type: 1 }, 'format.type', {}],
  ['a type of 256 bytes', { type: 'ä'.repeat(128) }, 'format.type', {}],
  ['a state key that is null', { state_key: null }, 'format.state-key', {}],
  ['a state key of 256 bytes', { state_key: 'ä'.repeat(128) }, 'format.state-key', {}],
  ['no content', { content: undefined }, 'format.content', {}],
  ['a content that is a list', { content: [] }, 'format.content', {}],
  ['no timestamp', { origin_server_ts: undefined }, 'format.origin-server-ts', {}],
  ['a timestamp that is text', { origin_server_ts: '5' }, 'format.origin-server-ts', {}],
  ['no hashes', { hashes: undefined }, 'format.hashes', {}],
  ['hashes without sha256', { hashes: { sha512: 'x' } }, 'format.hashes', {}],
  ['no signatures', { signatures: undefined }, 'format.signatures', {}],
  ['signatures that are a list', { signatures: [] }, 'format.signatures', {}],
  ['signatures of a server that are text', { signatures: { a: 'x' } }, 'format.signatures', {}],
  ['a signature that is no text', { signatures: { a: { 'ed25519:1': 1 } } }, 'format.signatures', {}],
  ['no depth', { depth: undefined }, 'format.depth', {}],
  ['a negative depth', { depth: -1 }, 'format.depth', {}],
  ['a depth that is text', { depth: '1' }, 'format.depth', {}],
  ['no prev_events', { prev_events: undefined }, 'format.prev-events', {}],
  ['prev_events that are an object', { prev_events: {} }, 'format.prev-events', {}],
  ['prev_events that are numbers', { prev_events: [1] }, 'format.prev-events', {}],
  ['prev_events of the older format', { prev_events: [['$a:a.example', {}]] }, 'format.prev-events', { from: 3 }],
  ['prev_events of the newer format', { prev_events: ['$' + HASH] }, 'format.prev-events', { to: 2 }],
  ['prev_events with three parts', { prev_events: [['$a:a.example', {}, {}]] }, 'format.prev-events', {}],
  ['no auth_events', { auth_events: undefined }, 'format.auth-events', {}],
  ['no room_id', { room_id: undefined }, 'format.room-id', {}],
  ['a room_id that is no text', { room_id: 5 }, 'format.room-id', {}],
  ['a room_id with a domain', { room_id: '!room:a.example' }, 'format.room-id', { from: 12 }],
  ['a room_id without a domain', { room_id: '!' + HASH }, 'format.room-id', { to: 11 }],
  ['a room_id of 256 bytes', { room_id: `!${'a'.repeat(245)}:a.example` }, 'format.room-id', {}],
  ['a create event with room_id', { type: 'm.room.create', state_key: '' }, 'format.room-id', { from: 12 }],
  [
    'a create event without room_id',
    { type: 'm.room.create', state_key: '', room_id: undefined },
    'format.room-id',
    { to: 11 },
  ],
  [
    'another create event without room_id',
    { type: 'm.room.create', state_key: 'x', room_id: undefined },
    'format.room-id',
    {},
  ],
  ['no event_id', { event_id: undefined }, 'format.event-id', { to: 2 }],
  ['an event_id without domain', { event_id: '$' + HASH }, 'format.event-id', { to: 2 }],
  ['an event_id of 256 bytes', { event_id: `$${'a'.repeat(245)}:a.example` }, 'format.event-id', { to: 2 }],
  ['redacts that is no text', { redacts: 5 }, 'format.redacts', { to: 10 }],
  ['a float', { content: { a: 1.5 } }, 'json.number', { from: 6 }],
  ['too many bytes', { content: { body: 'ä'.repeat(33_000) } }, 'format.size', {}],
];

describe('checkFormat', () => {
  it.each(ALL_VERSIONS)('accepts an event of version %s', (_version, rules) => {
    const { event, bytes } = aBuiltEvent(rules, { stateKey: 'x' });
    expect(checkFormat(event.pdu, rules)).toMatchObject({ outcome: 'ok', bytes });
  });

  it.each(INVALID)('drops %s', (_name, changes, rule, { from = 1, to = 12 }) => {
    const dropping = ALL_VERSIONS.filter(([, rules]) => {
      const checked = checkFormat(aPduWith(rules, changes), rules);
      return checked.outcome === 'drop' && checked.rule === rule;
    });
    expect(dropping.map(([version]) => Number(version))).toEqual(
      ALL_VERSIONS.map(([version]) => Number(version)).filter((version) => version >= from && version <= to),
    );
  });

  it.each<[string, { [key: string]: unknown }]>([
    ['historical user ids', { sender: '@Älice and\tBob:a.example' }],
    ['an empty localpart', { sender: '@:a.example' }],
    ['an empty type and state key', { type: '', state_key: '' }],
    ['255 bytes of type', { type: 'a'.repeat(255) }],
    ['keys that nobody defined', { origin: 'a.example', membership: 5, x: [null] }],
    ['no prev_events', { prev_events: [] }],
    ['depth 0', { depth: 0 }],
    ['no signatures yet', { signatures: {} }],
    ['event_id where it means nothing', { event_id: '$e:a.example' }],
  ])('accepts %s', (_name, changes) => {
    const versions = ALL_VERSIONS.filter(([, rules]) => checkFormat(aPduWith(rules, changes), rules).outcome === 'ok');
    expect(versions).toHaveLength(12);
  });

  it.each([
    ['3', '+', 'ok'],
    ['3', '-', 'drop'],
    ['4', '-', 'ok'],
    ['4', '+', 'drop'],
  ])('in version %s with %s in a reference: %s', (version, character, outcome) => {
    const prev_events = ['$' + character + HASH.slice(1)];
    expect(checkFormat(aPduWith(rulesOf(version), { prev_events }), rulesOf(version)).outcome).toBe(outcome);
  });

  it.each(ALL_VERSIONS)('counts references in version %s: 20 and 10', (_version, rules) => {
    const [reference] = aBuiltEvent(rules).event.pdu['prev_events'] as JsonValue[];
    const outcomeOf = (key: string, length: number): unknown => {
      const checked = checkFormat(aPduWith(rules, { [key]: Array.from({ length }, () => reference) }), rules);
      return checked.outcome === 'drop' ? checked.rule : checked.outcome;
    };
    expect([outcomeOf('prev_events', 20), outcomeOf('prev_events', 21)]).toEqual(['ok', 'format.prev-events']);
    expect([outcomeOf('auth_events', 10), outcomeOf('auth_events', 11)]).toEqual(['ok', 'format.auth-events']);
  });

  it('accepts the create event of version 12 without room_id', () => {
    const create = { type: 'm.room.create', state_key: '', room_id: undefined, prev_events: [], auth_events: [] };
    expect(checkFormat(aPduWith(rulesOf('12'), create), rulesOf('12'))).toMatchObject({ outcome: 'ok' });
  });

  it('takes unsigned off, whatever it is and however large', () => {
    const rules = rulesOf('12');
    const { event, bytes } = aBuiltEvent(rules);
    for (const unsigned of [{ age: 5 }, 'x', null, { a: 0.5 }, { padding: 'a'.repeat(70_000) }]) {
      expect(checkFormat({ ...event.pdu, unsigned }, rules)).toMatchObject({ outcome: 'ok', bytes });
    }
  });

  it.each<[string, string, string, string]>([
    ['depth', '9007199254740991', 'ok', 'ok'],
    ['depth', '9007199254740992', 'ok', 'drop'],
    ['depth', '9223372036854775807', 'ok', 'drop'],
    ['depth', '9223372036854775808', 'drop', 'drop'],
    ['depth', '1.0', 'drop', 'drop'],
    ['depth', '1e3', 'drop', 'drop'],
    ['depth', '-9007199254740992', 'drop', 'drop'],
    ['origin_server_ts', '9007199254740993', 'ok', 'drop'],
    ['origin_server_ts', '1.5', 'drop', 'drop'],
    ['origin_server_ts', '-5', 'ok', 'ok'],
    ['unknown', '1.0', 'ok', 'drop'],
    ['unknown', '-0', 'ok', 'drop'],
    ['unknown', '123456789012345678901234567890', 'ok', 'drop'],
  ])('with %s %s in version 5: %s, in version 6: %s', (key, number, inFive, inSix) => {
    const outcomes = ['5', '6'].map((version) => {
      const json = JSON.stringify(aPduWith(rulesOf(version), { [key]: 'HERE' })).replace('"HERE"', number);
      const parsed = parseJson(json);
      return parsed.outcome === 'ok' ? checkFormat(parsed.value, rulesOf(version)).outcome : parsed.rule;
    });
    expect(outcomes).toEqual([inFive, inSix]);
  });

  it.each<[JsonValue]>([[null], [5], ['x'], [[]], [{}]])('drops %j', (value) => {
    expect(checkFormat(value, rulesOf('12'))).toMatchObject({ outcome: 'drop' });
  });

  it('drops nesting without end', () => {
    let content: JsonValue = {};
    for (let level = 0; level < 100_000; level++) content = { a: content };
    const { event } = aBuiltEvent(rulesOf('12'));
    expect(checkFormat({ ...event.pdu, content }, rulesOf('12'))).toMatchObject({
      outcome: 'drop',
      rule: 'json.depth',
    });
  });

  it('never throws on arbitrary JSON', () => {
    const keys = Object.keys(aBuiltEvent(rulesOf('1'), { stateKey: '', redacts: '$a:b' }).event.pdu);
    const members = fc.dictionary(
      fc.oneof(fc.constantFrom(...keys), fc.string()),
      fc.jsonValue({ stringUnit: 'binary' }),
    );
    fc.assert(
      fc.property(members, fc.jsonValue(), fc.constantFrom(...ALL_VERSIONS), (changes, other, [, rules]) => {
        const { event } = aBuiltEvent(rules);
        expect(checkFormat({ ...event.pdu, ...(changes as { [key: string]: JsonValue }) }, rules).outcome).toMatch(
          /^(ok|drop)$/,
        );
        expect(checkFormat(other as JsonValue, rules).outcome).toBe('drop');
      }),
    );
  });
});
