import type { JsonValue } from '@plexus/matrix-base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, DAVE, rowsOf, stateEventsOf, verdictOf } from '../../test-support/auth-cases.ts';
import { buildEvent } from '../../test-support/build-event.ts';
import { ROOM_VERSIONS } from '../room-version/versions.ts';
import { nameOfStateKey } from '../state-trie/state-node.ts';
import { authStateOf } from './auth-state.ts';
import type { AuthState } from './auth-state.ts';
import { authTypesForEvent } from './auth-types-for-event.ts';
import { checkAuthEvents } from './check-auth-events.ts';
import { checkAuth } from './check-auth.ts';
import { canRedact } from './redaction.ts';

const message = (sender: string) => ({ type: 'm.room.message', sender });
const topic = (sender: string) => ({ type: 'm.room.topic', sender, stateKey: '' });
const aliases = (sender: string, stateKey?: string) => ({ type: 'm.room.aliases', sender, stateKey });

const rows = rowsOf([
  {
    story: 'rejects everything in a state without create event',
    room: { create: null },
    event: message(ALICE),
    verdict: 'create.missing',
  },
  {
    story: '4 rejects senders of other servers in a room that is not federated',
    room: { create: { 'm.federate': false } },
    event: message(CAROL),
    verdict: 'federate',
  },
  {
    story: '4 rejects joins from other servers in a room that is not federated',
    room: { create: { 'm.federate': false } },
    event: { type: 'm.room.member', sender: DAVE, stateKey: DAVE, content: { membership: 'join' } },
    verdict: 'federate',
  },
  {
    story: "4 allows the creator's server in a room that is not federated",
    room: { create: { 'm.federate': false } },
    event: message(BOB),
    verdict: 'allow',
  },
  {
    story: '4 takes only false for not federated',
    room: { create: { 'm.federate': 'false' } },
    event: message(CAROL),
    verdict: 'allow',
  },
  {
    story: '4.3 of versions 1 to 5 allows aliases of the own server, joined or not',
    event: aliases(DAVE, 'b.example'),
    verdict: { '1-5': 'allow', '6-12': 'sender.not_joined' },
  },
  {
    story: '4.2 of versions 1 to 5 rejects aliases of another server',
    event: aliases(ALICE, 'b.example'),
    verdict: { '1-5': 'aliases.domain', '6-12': 'allow' },
  },
  {
    story: '4.1 of versions 1 to 5 rejects aliases without state key',
    event: aliases(ALICE),
    verdict: { '1-5': 'aliases.state_key', '6-12': 'allow' },
  },
  {
    story: '5.1 rejects a membership without state key',
    event: { type: 'm.room.member', sender: CAROL, content: { membership: 'join' } },
    verdict: 'member.state_key',
  },
  {
    story: '5.1 rejects a member without membership',
    event: { type: 'm.room.member', sender: CAROL, stateKey: CAROL },
    verdict: 'member.membership',
  },
  {
    story: '5.8 rejects an unknown membership',
    event: { type: 'm.room.member', sender: CAROL, stateKey: CAROL, content: { membership: 'lurk' } },
    verdict: 'member.unknown',
  },
  {
    story: '5.8 rejects a membership that is no string',
    event: { type: 'm.room.member', sender: CAROL, stateKey: CAROL, content: { membership: ['join'] } },
    verdict: 'member.unknown',
  },
  ...['leave', 'invite', 'ban', 'knock', null].map((membership) => ({
    story: `6 rejects a sender with membership ${membership}`,
    room: { members: { [BOB]: membership } },
    event: message(BOB),
    verdict: 'sender.not_joined' as const,
  })),
  {
    story: '7 allows third party invites at the invite level, whatever state takes',
    event: { type: 'm.room.third_party_invite', sender: CAROL, stateKey: 'token' },
    verdict: 'allow',
  },
  {
    story: '7 rejects third party invites below the invite level',
    room: { powerLevels: { invite: 1 } },
    event: { type: 'm.room.third_party_invite', sender: CAROL, stateKey: 'token' },
    verdict: 'third_party_invite.power',
  },
  { story: '8 allows state at the required level', event: topic(BOB), verdict: 'allow' },
  { story: '8 rejects state below the required level', event: topic(CAROL), verdict: 'event.power' },
  {
    story: '8 rejects messages below the required level',
    room: { powerLevels: { events: { 'm.room.message': 1 } } },
    event: message(CAROL),
    verdict: 'event.power',
  },
  {
    story: '8 lets creators send anything from version 12 on',
    room: { powerLevels: { state_default: 500 } },
    event: topic(ALICE),
    verdict: { '1-11': 'event.power', '12': 'allow' },
  },
  {
    story: '8 rejects while the required level is unreadable',
    room: { powerLevels: { state_default: {}, users: { [BOB]: 50 } } },
    event: topic(BOB),
    verdict: 'event.power',
  },
  {
    story: "9 rejects another user's state key",
    event: { type: 'org.example.note', sender: ALICE, stateKey: BOB },
    verdict: 'state_key.other_user',
  },
  {
    story: "9 allows the sender's own state key",
    event: { type: 'org.example.note', sender: ALICE, stateKey: ALICE },
    verdict: 'allow',
  },
  { story: '11 allows messages of members', event: message(CAROL), verdict: 'allow' },
]);

describe('checkAuth', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});

const userId = fc.constantFrom(ALICE, BOB, CAROL, DAVE);
const type = fc.oneof(
  fc.constantFrom('m.room.create', 'm.room.member', 'm.room.power_levels', 'm.room.join_rules', 'm.room.redaction'),
  fc.constantFrom('m.room.aliases', 'm.room.third_party_invite', 'm.room.message', 'toString'),
);

/** Content that gets past the first checks often enough: known keys with arbitrary values. */
const content = fc
  .dictionary(
    fc.oneof(
      fc.constantFrom('membership', 'users', 'events', 'notifications', 'ban', 'users_default', 'join_rule', 'creator'),
      fc.constantFrom('third_party_invite', 'public_key', 'public_keys', 'm.federate', 'additional_creators'),
      fc.constantFrom('join_authorised_via_users_server', 'room_version', '__proto__', 'constructor'),
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('join', 'invite', 'leave', 'ban', 'knock', 'public', 'restricted', ALICE),
      fc.dictionary(userId, fc.oneof(fc.integer(), fc.double(), fc.string(), fc.jsonValue())),
      fc.record({ signed: fc.record({ mxid: userId, token: fc.constant('token'), signatures: fc.jsonValue() }) }),
    ),
  )
  .map((object) => structuredCopyOf(object));

/** A copy as `JSON.parse` makes it, so that `__proto__` is a key like any other. */
function structuredCopyOf(value: unknown): Record<string, JsonValue> {
  return JSON.parse(JSON.stringify(value)) as Record<string, JsonValue>;
}

const eventShape = fc.record(
  {
    type,
    sender: userId,
    stateKey: fc.oneof(fc.constant(''), fc.constant('token'), userId),
    content,
    prevEvents: fc.array(fc.constantFrom('$create:a.example', '$x')),
    redacts: fc.string(),
  },
  { requiredKeys: ['type', 'sender', 'content'] },
);

const situation = fc.record({
  version: fc.constantFrom(...ROOM_VERSIONS),
  event: eventShape,
  stored: fc.array(eventShape.map((shape) => ({ ...shape, stateKey: shape.stateKey ?? '' }))),
});

describe('authorization of arbitrary events', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(situation, ({ version, event: shape, stored }) => {
        const event = buildEvent(version, shape);
        const others = stored.map((other, index) => buildEvent(version, { ...other, eventId: `$stored${index}` }));
        const state = authStateOf([...stateEventsOf(version), ...others]);
        expect(['allow', 'reject']).toContain(checkAuth(event, state).outcome);
        canRedact(event, { ...event, eventId: event.redacts ?? '' }, state);
        const citing = { ...event, authEvents: others.map((other) => other.eventId) };
        const events = {
          find: (id: string) => others.find((other) => other.eventId === id),
          isRejected: () => false,
        };
        expect(['allow', 'reject', 'missing']).toContain(checkAuthEvents(citing, events).outcome);
      }),
      { numRuns: 500 },
    );
  });

  it('reads nothing but the create event and what authTypesForEvent names', () => {
    fc.assert(
      fc.property(situation, ({ version, event: shape, stored }) => {
        const event = buildEvent(version, shape);
        const named = new Set(authTypesForEvent(event).map(nameOfStateKey));
        named.add(nameOfStateKey({ type: 'm.room.create', stateKey: '' }));
        const full = authStateOf([
          ...stateEventsOf(version),
          ...stored.map((other) => buildEvent(version, { ...other })),
        ]);
        const narrow: AuthState = {
          find: (type, stateKey) =>
            named.has(nameOfStateKey({ type, stateKey })) ? full.find(type, stateKey) : undefined,
        };
        expect(checkAuth(event, narrow)).toEqual(checkAuth(event, full));
      }),
      { numRuns: 500 },
    );
  });
});
