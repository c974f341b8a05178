import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_VERSIONS, rulesOf } from '../../test-support/signed-pdus.ts';
import { redactContent, redactPdu } from './redact.ts';

const EVERY_KEY =
  'event_id type room_id sender state_key content hashes signatures depth prev_events prev_state auth_events origin origin_server_ts membership redacts unsigned age x'.split(
    ' ',
  );

describe('redactPdu', () => {
  it.each(ALL_VERSIONS)('in version %s keeps the protected keys', (version, rules) => {
    const pdu: JsonObject = {
      ...Object.fromEntries(EVERY_KEY.map((key) => [key, key])),
      content: { body: 'x' },
      type: 'm.room.message',
    };
    const always = [
      'event_id',
      'type',
      'room_id',
      'sender',
      'state_key',
      'content',
      'hashes',
      'signatures',
      'depth',
      'prev_events',
    ];
    const older = Number(version) < 11 ? ['prev_state', 'origin', 'membership'] : [];
    const redacted = redactPdu(pdu, rules);
    expect(Object.keys(redacted).sort()).toEqual([...always, 'auth_events', 'origin_server_ts', ...older].sort());
    expect(redacted['content']).toEqual({});
    expect(pdu['content']).toEqual({ body: 'x' });
  });

  it('applied again changes nothing', () => {
    const pdu = fc.record(
      {
        type: fc.constantFrom(
          'm.room.member',
          'm.room.create',
          'm.room.join_rules',
          'm.room.power_levels',
          'm.room.redaction',
          'm.room.aliases',
          'x',
        ),
        content: fc.oneof(arbitraryContent(), fc.jsonValue()),
        origin: fc.jsonValue(),
        sender: fc.jsonValue(),
        extra: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(pdu, fc.constantFrom(...ALL_VERSIONS), (value, [, rules]) => {
        const once = redactPdu(value as JsonObject, rules);
        expect(redactPdu(once, rules)).toEqual(once);
      }),
    );
  });

  it('is not led astray by keys of built-in names', () => {
    const pdu: JsonObject = JSON.parse(
      '{"type":"m.room.member","content":{"__proto__":{"membership":"join"}},"__proto__":{"origin":"x"}}',
    );
    expect(encodeCanonicalJson(redactPdu(pdu, rulesOf('10')))).toBe('{"content":{},"type":"m.room.member"}');
  });
});

const POWER_LEVELS = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default'];

/** Which keys of an event's content stay: by type, from which version to which. */
const KEPT: [string, string, number, number][] = [
  ['m.room.member', 'membership', 1, 12],
  ['m.room.member', 'join_authorised_via_users_server', 9, 12],
  ['m.room.member', 'displayname', 13, 12],
  ['m.room.create', 'creator', 1, 12],
  ['m.room.create', 'room_version', 11, 12],
  ['m.room.create', 'anything', 11, 12],
  ['m.room.join_rules', 'join_rule', 1, 12],
  ['m.room.join_rules', 'allow', 8, 12],
  ...POWER_LEVELS.map((key): [string, string, number, number] => ['m.room.power_levels', key, 1, 12]),
  ['m.room.power_levels', 'invite', 11, 12],
  ['m.room.power_levels', 'notifications', 13, 12],
  ['m.room.history_visibility', 'history_visibility', 1, 12],
  ['m.room.aliases', 'aliases', 1, 5],
  ['m.room.redaction', 'redacts', 11, 12],
  ['m.room.redaction', 'reason', 13, 12],
  ['m.room.name', 'name', 13, 12],
  ['m.room.message', 'membership', 13, 12],
];

describe('redactContent', () => {
  it.each(KEPT)('of %s keeps %s from version %d to %d', (type, key, first, last) => {
    const keeping = ALL_VERSIONS.filter(([, rules]) =>
      Object.hasOwn(redactContent(type, { [key]: 'value' }, rules), key),
    );
    expect(keeping.map(([version]) => Number(version))).toEqual(
      ALL_VERSIONS.map(([version]) => Number(version)).filter((version) => version >= first && version <= last),
    );
  });

  it.each(ALL_VERSIONS)('in version %s keeps the signed part of a third-party invite from 11 on', (version, rules) => {
    const content = { membership: 'invite', third_party_invite: { display_name: 'A', signed: { token: 't' } } };
    const invite = Number(version) >= 11 ? { third_party_invite: { signed: { token: 't' } } } : {};
    expect(redactContent('m.room.member', content, rules)).toEqual({ membership: 'invite', ...invite });
  });

  it.each<[JsonValue, JsonObject]>([
    [{ display_name: 'A' }, { third_party_invite: {} }],
    ['text', {}],
    [null, {}],
    [[], {}],
  ])('from 11 on makes of a third-party invite %j %j', (invite, kept) => {
    expect(redactContent('m.room.member', { third_party_invite: invite }, rulesOf('11'))).toEqual(kept);
  });
});

function arbitraryContent(): fc.Arbitrary<JsonObject> {
  const keys = [...new Set(KEPT.map(([, key]) => key)), 'third_party_invite', 'other'];
  const value = fc.jsonValue() as fc.Arbitrary<JsonValue>;
  return fc.dictionary(fc.constantFrom(...keys), fc.oneof(value, fc.record({ signed: value, other: value })));
}
