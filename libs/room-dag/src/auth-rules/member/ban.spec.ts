import { describe, expect, it } from 'vitest';
import { ALICE, BOB, CAROL, DAVE, rowsOf, verdictOf } from '../../../test-support/auth-cases.ts';

const ban = (sender: string, stateKey: string) => {
  return { type: 'm.room.member', sender, stateKey, content: { membership: 'ban' } };
};

const rows = rowsOf([
  {
    story: '5.6.1 rejects a ban by a user who is not joined',
    room: { members: { [BOB]: 'leave' } },
    event: ban(BOB, CAROL),
    verdict: 'member.ban.sender_not_joined',
  },
  { story: '5.6.2 allows a ban at the ban level', event: ban(BOB, CAROL), verdict: 'allow' },
  { story: '5.6.2 allows a ban of somebody outside', event: ban(BOB, DAVE), verdict: 'allow' },
  {
    story: '5.6.2 allows the creator a ban in a room without power levels',
    room: { powerLevels: null },
    event: ban(ALICE, CAROL),
    verdict: 'allow',
  },
  {
    story: '5.6.3 rejects a ban below the ban level',
    room: { powerLevels: { ban: 51, users: { [BOB]: 50 } } },
    event: ban(BOB, CAROL),
    verdict: 'member.ban.power',
  },
  {
    story: '5.6.3 rejects a ban of an equal',
    room: { powerLevels: { users: { [BOB]: 50, [CAROL]: 50 } } },
    event: ban(BOB, CAROL),
    verdict: 'member.ban.power',
  },
  { story: '5.6.3 rejects a ban of a superior', event: ban(BOB, ALICE), verdict: 'member.ban.power' },
  { story: '5.6.3 rejects a ban of oneself', event: ban(ALICE, ALICE), verdict: 'member.ban.power' },
  {
    story: '5.6.3 rejects a ban while the ban level is unreadable',
    room: { powerLevels: { ban: 'high', users: { [BOB]: 50 } } },
    event: ban(BOB, CAROL),
    verdict: 'member.ban.power',
  },
]);

describe('checkBan', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});
