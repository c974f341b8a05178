import type { JsonObject } from '@plexus/matrix-base';
import { describe, expect, it } from 'vitest';
import {
  aBuiltEvent,
  ALL_VERSIONS,
  aPduWith,
  aProto,
  findAnyKey,
  keyOf,
  rulesOf,
  signerOf,
} from '../../test-support/signed-pdus.ts';
import type { RoomVersionRules } from '../room-version/rules.ts';
import { buildRoomEvent } from './build-room-event.ts';
import type { ProtoEvent } from './build-room-event.ts';
import { checkSignatures, findRequiredSignatures } from './check-signatures.ts';
import type { VerifyKey } from './check-signatures.ts';
import { EncodedPdu } from './encoded-pdu.ts';

const RESTRICTED_JOIN: Partial<ProtoEvent> = {
  type: 'm.room.member',
  stateKey: '@alice:a.example',
  content: { membership: 'join', join_authorised_via_users_server: '@bob:b.example' },
};
const THIRD_PARTY_INVITE: Partial<ProtoEvent> = {
  type: 'm.room.member',
  stateKey: '@carol:c.example',
  content: { membership: 'invite', third_party_invite: { signed: {} } },
};

describe('findRequiredSignatures', () => {
  it.each(ALL_VERSIONS)('in version %s names the servers that must sign', (version, rules) => {
    const number = Number(version);
    const eventIdServer = number <= 2 ? ['event-id e.example'] : [];
    const event = { event_id: '$e:e.example' };
    expect(requiredFor(rules, event)).toEqual(['sender a.example', ...eventIdServer]);
    const member = { ...event, type: 'm.room.member', state_key: '@alice:a.example' };
    expect(requiredFor(rules, { ...member, content: RESTRICTED_JOIN.content })).toEqual([
      'sender a.example',
      ...eventIdServer,
      ...(number >= 8 ? ['authorising-server b.example'] : []),
    ]);
    expect(requiredFor(rules, { ...member, content: THIRD_PARTY_INVITE.content })).toEqual(eventIdServer);
  });

  it('names a server once', () => {
    expect(requiredFor(rulesOf('1'), { event_id: '$e:a.example' })).toEqual(['sender a.example']);
  });

  it.each<[string, JsonObject]>([
    [
      'a message with third_party_invite',
      { type: 'm.room.message', content: { membership: 'invite', third_party_invite: {} } },
    ],
    [
      'a join with third_party_invite',
      { type: 'm.room.member', content: { membership: 'join', third_party_invite: {} } },
    ],
    [
      'an invite whose third_party_invite is null',
      { type: 'm.room.member', content: { membership: 'invite', third_party_invite: null } },
    ],
  ])('exempts not %s', (_name, changes) => {
    expect(requiredFor(rulesOf('11'), changes)).toEqual(['sender a.example']);
  });
});

describe('checkSignatures', () => {
  it.each(ALL_VERSIONS)('accepts in version %s what the sender’s server signed', (_version, rules) => {
    expect(checkSignatures(new EncodedPdu(aBuiltEvent(rules).event.pdu, rules), findAnyKey)).toEqual({ outcome: 'ok' });
  });

  it('accepts a redacted copy and a changed content, drops a changed essential key', () => {
    const rules = rulesOf('11');
    expect(checkSignatures(new EncodedPdu(aPduWith(rules, { content: {} }), rules), findAnyKey)).toEqual({
      outcome: 'ok',
    });
    expect(checkSignatures(new EncodedPdu(aPduWith(rules, { depth: 13 }), rules), findAnyKey)).toMatchObject({
      outcome: 'drop',
      rule: 'signature.sender',
    });
  });

  it('drops what only another server signed', () => {
    const built = buildRoomEvent(aProto(rulesOf('11')), rulesOf('11'), [signerOf('b.example')]);
    const pdu = built.outcome === 'ok' ? built.event.pdu : {};
    expect(checkSignatures(new EncodedPdu(pdu, rulesOf('11')), findAnyKey)).toMatchObject({ rule: 'signature.sender' });
  });

  it('drops an event of version 1 that the event id’s server has not signed', () => {
    const rules = rulesOf('1');
    const { event } = aBuiltEvent(rules, { eventId: '$e:e.example' });
    expect(checkSignatures(new EncodedPdu(event.pdu, rules), findAnyKey)).toMatchObject({ rule: 'signature.event-id' });
  });

  it('needs the authorising server for a restricted join', () => {
    const rules = rulesOf('10');
    const alone = aBuiltEvent(rules, RESTRICTED_JOIN).event.pdu;
    expect(checkSignatures(new EncodedPdu(alone, rules), findAnyKey)).toMatchObject({
      rule: 'signature.authorising-server',
    });
    const built = buildRoomEvent(aProto(rules, RESTRICTED_JOIN), rules, [signerOf('a.example'), signerOf('b.example')]);
    const both = built.outcome === 'ok' ? built.event.pdu : {};
    expect(checkSignatures(new EncodedPdu(both, rules), findAnyKey)).toEqual({ outcome: 'ok' });
  });

  it.each([5, null, '', 'b.example', '@bob', {}])('drops the authorising user %j', (user) => {
    const rules = rulesOf('10');
    const content = { membership: 'join', join_authorised_via_users_server: user };
    const { event } = aBuiltEvent(rules, { ...RESTRICTED_JOIN, content });
    expect(checkSignatures(new EncodedPdu(event.pdu, rules), findAnyKey)).toMatchObject({
      rule: 'signature.authorising-server',
    });
  });

  it('asks for keys that it does not know', () => {
    const rules = rulesOf('11');
    expect(checkSignatures(new EncodedPdu(aBuiltEvent(rules).event.pdu, rules), () => undefined)).toEqual({
      outcome: 'unknown-keys',
      needed: [{ serverName: 'a.example', keyIds: ['ed25519:1'], minimumValidUntilTs: 1_700_000_000_000 }],
    });
  });

  it('passes over keys that it does not know beside one that it knows', () => {
    const rules = rulesOf('11');
    const built = buildRoomEvent(aProto(rules), rules, [
      signerOf('a.example'),
      signerOf('a.example', 'ed25519:policy_server'),
    ]);
    const pdu = built.outcome === 'ok' ? built.event.pdu : {};
    expect(checkSignatures(new EncodedPdu(pdu, rules), findAnyKey)).toEqual({ outcome: 'ok' });
  });

  const AT = 1_700_000_000_000;
  it.each<[string, string, Partial<VerifyKey>, string]>([
    ['valid until then', '5', { validUntilTs: AT }, 'ok'],
    ['valid until just before', '5', { validUntilTs: AT - 1 }, 'unknown-keys'],
    ['valid until just before, not enforced', '4', { validUntilTs: AT - 1 }, 'ok'],
    ['retired later', '12', { validUntilTs: 0, expiredTs: AT + 1 }, 'ok'],
    ['retired before', '12', { validUntilTs: AT, expiredTs: AT - 1 }, 'unknown-keys'],
    ['retired before, in an old room too', '1', { validUntilTs: AT, expiredTs: AT - 1 }, 'unknown-keys'],
  ])('with a key %s in version %s', (_name, version, validity, outcome) => {
    const rules = rulesOf(version);
    const key: VerifyKey = { publicKey: keyOf().publicKey, validUntilTs: AT, ...validity };
    expect(checkSignatures(new EncodedPdu(aBuiltEvent(rules).event.pdu, rules), () => key).outcome).toBe(outcome);
  });
});

function requiredFor(rules: RoomVersionRules, changes: { [key: string]: unknown }): string[] {
  return findRequiredSignatures(aPduWith(rules, changes), rules).map(
    ({ reason, serverName }) => `${reason} ${serverName}`,
  );
}
