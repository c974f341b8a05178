import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, DAVE, rowsOf, verdictOf } from '../../../test-support/auth-cases.ts';
import type { RoomShape } from '../../../test-support/auth-cases.ts';
import { CREATE_ID } from '../../../test-support/build-event.ts';

const join = (userId: string, more: object = {}) => {
  return { type: 'm.room.member', sender: userId, stateKey: userId, content: { membership: 'join', ...more } };
};
const via = (userId: unknown) => join(DAVE, { join_authorised_via_users_server: userId });
const onlyCreate: RoomShape = {
  members: { [ALICE]: null, [BOB]: null, [CAROL]: null },
  joinRule: null,
  powerLevels: null,
};
const inviteTakes50 = { invite: 50, users: { [BOB]: 50 } };

const rows = rowsOf([
  {
    story:
      "5.3.1 lets the creator in behind the create event, named by content.creator or as the create event's sender",
    room: onlyCreate,
    event: { ...join(ALICE), prevEvents: [CREATE_ID] },
    verdict: 'allow',
  },
  {
    story: '5.3.1 goes by content.creator up to version 10, by the sender after it',
    room: { ...onlyCreate, create: { creator: BOB } },
    event: { ...join(BOB), prevEvents: [CREATE_ID] },
    verdict: { '1-10': 'allow', '11-12': 'member.join.not_invited' },
  },
  {
    story: '5.3.1 does not let additional creators in',
    room: { ...onlyCreate, create: { additional_creators: [BOB] } },
    event: { ...join(BOB), prevEvents: [CREATE_ID] },
    verdict: 'member.join.not_invited',
  },
  {
    story: '5.3.1 takes the create event as the only previous event',
    room: onlyCreate,
    event: { ...join(ALICE), prevEvents: [CREATE_ID, '$other:a.example'] },
    verdict: 'member.join.not_invited',
  },
  {
    story: '5.3.2 rejects joining somebody else',
    event: { ...join(DAVE), sender: BOB },
    verdict: 'member.join.sender',
  },
  {
    story: '5.3.3 rejects a banned user in a public room',
    room: { members: { [DAVE]: 'ban' } },
    event: join(DAVE),
    verdict: 'member.join.banned',
  },
  ...['invite', 'join'].map((membership) => ({
    story: `5.3.4 lets a user with membership ${membership} into an invite-only room`,
    room: { joinRule: 'invite', members: { [DAVE]: membership } },
    event: join(DAVE),
    verdict: 'allow' as const,
  })),
  ...['leave', 'knock', null].map((membership) => ({
    story: `5.3.4 rejects a user with membership ${membership} in an invite-only room`,
    room: { joinRule: 'invite', members: { [DAVE]: membership } },
    event: join(DAVE),
    verdict: 'member.join.not_invited' as const,
  })),
  {
    story: '5.3.4 takes a room without join rules for invite-only',
    room: { joinRule: null },
    event: join(DAVE),
    verdict: 'member.join.not_invited',
  },
  {
    story: '5.3.4 lets invited users into a room that one can knock on',
    room: { joinRule: 'knock', members: { [DAVE]: 'invite' } },
    event: join(DAVE),
    verdict: { '1-6': 'member.join.join_rule', '7-12': 'allow' },
  },
  {
    story: '5.3.4 rejects users without invite in a room that one can knock on',
    room: { joinRule: 'knock', members: { [DAVE]: 'knock' } },
    event: join(DAVE),
    verdict: { '1-6': 'member.join.join_rule', '7-12': 'member.join.not_invited' },
  },
  ...['restricted', 'knock_restricted'].flatMap((joinRule) => {
    const known = joinRule === 'restricted' ? '8-12' : '10-12';
    const unknown = joinRule === 'restricted' ? '1-7' : '1-9';
    return [
      {
        story: `5.3.5.1 lets invited users into a ${joinRule} room`,
        room: { joinRule, members: { [DAVE]: 'invite' } },
        event: join(DAVE),
        verdict: { [unknown]: 'member.join.join_rule', [known]: 'allow' } as const,
      },
      {
        story: `5.3.5.1 lets joined users join a ${joinRule} room again`,
        room: { joinRule },
        event: join(CAROL),
        verdict: { [unknown]: 'member.join.join_rule', [known]: 'allow' } as const,
      },
      {
        story: `5.3.5.2 rejects a join to a ${joinRule} room that nobody authorises`,
        room: { joinRule },
        event: join(DAVE),
        verdict: { [unknown]: 'member.join.join_rule', [known]: 'member.join.restricted' } as const,
      },
      {
        story: `5.3.5.3 lets a user into a ${joinRule} room whom a member authorises`,
        room: { joinRule },
        event: via(CAROL),
        verdict: { [unknown]: 'member.join.join_rule', [known]: 'allow' } as const,
      },
    ];
  }),
  {
    story: '5.3.5.2 rejects an authorising user without the power to invite',
    room: { joinRule: 'restricted', powerLevels: inviteTakes50 },
    event: via(CAROL),
    verdict: { '1-7': 'member.join.join_rule', '8-12': 'member.join.restricted' },
  },
  {
    story: '5.3.5.3 accepts an authorising user with exactly the power to invite',
    room: { joinRule: 'restricted', powerLevels: inviteTakes50 },
    event: via(BOB),
    verdict: { '1-7': 'member.join.join_rule', '8-12': 'allow' },
  },
  {
    story: '5.3.5.2 rejects an authorising user who is not joined',
    room: { joinRule: 'restricted', members: { [BOB]: 'leave' } },
    event: via(BOB),
    verdict: { '1-7': 'member.join.join_rule', '8-12': 'member.join.restricted' },
  },
  {
    story: '5.3.5.2 rejects an authorising user that is no user id',
    room: { joinRule: 'restricted' },
    event: via(['@bob:a.example']),
    verdict: { '1-7': 'member.join.join_rule', '8-12': 'member.join.restricted' },
  },
  { story: '5.3.6 lets everybody into a public room', event: join(DAVE), verdict: 'allow' },
  {
    story: '5.3.7 rejects the reserved join rule private, invited or not',
    room: { joinRule: 'private', members: { [DAVE]: 'invite' } },
    event: join(DAVE),
    verdict: 'member.join.join_rule',
  },
]);

describe('checkJoin', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});
