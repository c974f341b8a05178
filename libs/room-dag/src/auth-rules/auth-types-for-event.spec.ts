import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL } from '../../test-support/auth-cases.ts';
import type { EventShape } from '../../test-support/build-event.ts';
import { buildEvent } from '../../test-support/build-event.ts';
import { ROOM_VERSIONS } from '../room-version/versions.ts';
import { authTypesForEvent } from './auth-types-for-event.ts';

const create = 'm.room.create|';
const levels = 'm.room.power_levels|';
const joinRules = 'm.room.join_rules|';
const memberKey = (userId: string) => `m.room.member|${userId}`;
const member = (sender: string, stateKey: string, content: EventShape['content']): EventShape => {
  return { type: 'm.room.member', sender, stateKey, content: content ?? {} };
};
const VIA = 'join_authorised_via_users_server';

const invite = member(ALICE, BOB, { membership: 'invite', third_party_invite: { signed: { token: 't' } } });
const restricted = member(BOB, BOB, { membership: 'join', [VIA]: CAROL });

const cases: [string, EventShape, string[], (string[] | undefined)?][] = [
  ['nothing for the create event', { type: 'm.room.create', sender: ALICE, stateKey: '' }, []],
  ['power levels and sender for a message', { type: 'm.room.message', sender: ALICE }, [levels, memberKey(ALICE)]],
  ['join rules for a join', member(BOB, BOB, { membership: 'join' }), [levels, memberKey(BOB), joinRules]],
  ['join rules for a knock', member(BOB, BOB, { membership: 'knock' }), [levels, memberKey(BOB), joinRules]],
  [
    'target and join rules for an invite',
    member(ALICE, BOB, { membership: 'invite' }),
    [levels, memberKey(ALICE), memberKey(BOB), joinRules],
  ],
  [
    'the token of a third party invite',
    invite,
    [levels, memberKey(ALICE), memberKey(BOB), joinRules, 'm.room.third_party_invite|t'],
  ],
  ['the target of a kick', member(ALICE, BOB, { membership: 'leave' }), [levels, memberKey(ALICE), memberKey(BOB)]],
  ['the target of a ban', member(ALICE, BOB, { membership: 'ban' }), [levels, memberKey(ALICE), memberKey(BOB)]],
  [
    'the authorising user from version 8 on',
    restricted,
    [levels, memberKey(BOB), joinRules],
    [levels, memberKey(BOB), joinRules, memberKey(CAROL)],
  ],
  ['each key once', member(BOB, BOB, { membership: 'join', [VIA]: BOB }), [levels, memberKey(BOB), joinRules]],
  [
    'no token that is no string',
    member(ALICE, BOB, { membership: 'invite', third_party_invite: { signed: { token: 1 } } }),
    [levels, memberKey(ALICE), memberKey(BOB), joinRules],
  ],
  [
    'no authorising user for another membership',
    member(BOB, BOB, { membership: 'leave', [VIA]: CAROL }),
    [levels, memberKey(BOB)],
  ],
];

const rows = cases.flatMap(([story, event, before, from8 = before]) =>
  ROOM_VERSIONS.map((version) => ({ story, event, version, expected: Number(version) < 8 ? before : from8 })),
);

describe('authTypesForEvent', () => {
  it.each(rows)('selects $story (version $version)', ({ event, version, expected }) => {
    const selected = authTypesForEvent(buildEvent(version, event)).map(({ type, stateKey }) => `${type}|${stateKey}`);
    const withCreate = event.type !== 'm.room.create' && version !== '12' ? [create, ...expected] : expected;
    expect(selected).toEqual(withCreate);
  });
});
