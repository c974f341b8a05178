import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, DAVE, rowsOf, verdictOf } from '../../../test-support/auth-cases.ts';

const leave = (sender: string, stateKey: string) => {
  return { type: 'm.room.member', sender, stateKey, content: { membership: 'leave' } };
};

const rows = rowsOf([
  { story: '5.5.1 lets joined users leave', event: leave(CAROL, CAROL), verdict: 'allow' },
  {
    story: '5.5.1 lets users decline an invite',
    room: { members: { [DAVE]: 'invite' } },
    event: leave(DAVE, DAVE),
    verdict: 'allow',
  },
  {
    story: '5.5.1 lets users retract a knock',
    room: { members: { [DAVE]: 'knock' } },
    event: leave(DAVE, DAVE),
    verdict: { '1-6': 'member.leave.membership', '7-12': 'allow' },
  },
  ...['leave', 'ban', null].map((membership) => ({
    story: `5.5.1 rejects leaving with membership ${membership}`,
    room: { members: { [DAVE]: membership } },
    event: leave(DAVE, DAVE),
    verdict: 'member.leave.membership' as const,
  })),
  {
    story: '5.5.2 rejects a kick by a user who is not joined',
    room: { members: { [BOB]: 'invite' } },
    event: leave(BOB, CAROL),
    verdict: 'member.leave.sender_not_joined',
  },
  {
    story: '5.5.3 rejects unbanning below the ban level',
    room: { members: { [DAVE]: 'ban' }, powerLevels: { ban: 60, kick: 0, users: { [BOB]: 50 } } },
    event: leave(BOB, DAVE),
    verdict: 'member.leave.ban_power',
  },
  {
    story: '5.5.3 allows unbanning at the ban level',
    room: { members: { [DAVE]: 'ban' } },
    event: leave(BOB, DAVE),
    verdict: 'allow',
  },
  {
    story: '5.5.4 takes the kick level for unbanning too',
    room: { members: { [DAVE]: 'ban' }, powerLevels: { ban: 0, kick: 60, users: { [BOB]: 50 } } },
    event: leave(BOB, DAVE),
    verdict: 'member.leave.power',
  },
  { story: '5.5.4 allows a kick at the kick level', event: leave(BOB, CAROL), verdict: 'allow' },
  {
    story: '5.5.4 rejects a kick below the kick level',
    room: { powerLevels: { kick: 51, users: { [BOB]: 50 } } },
    event: leave(BOB, CAROL),
    verdict: 'member.leave.power',
  },
  {
    story: '5.5.4 rejects a kick of an equal',
    room: { powerLevels: { users: { [BOB]: 50, [CAROL]: 50 } } },
    event: leave(BOB, CAROL),
    verdict: 'member.leave.power',
  },
  { story: '5.5.4 rejects a kick of a superior', event: leave(BOB, ALICE), verdict: 'member.leave.power' },
  {
    story: '5.5.4 rejects a kick of a creator from version 12 on, whatever the levels',
    room: { powerLevels: { users_default: 0, users: { [BOB]: 9_000 } } },
    event: leave(BOB, ALICE),
    verdict: { '1-11': 'allow', '12': 'member.leave.power' },
  },
  {
    story: '5.5.4 rejects a kick of one creator by another',
    room: { create: { additional_creators: [BOB] }, powerLevels: { users: { [CAROL]: 0 } } },
    event: leave(ALICE, BOB),
    verdict: 'member.leave.power',
  },
]);

describe('checkLeave', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});
