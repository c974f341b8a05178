import { describe, expect, it } from 'vitest';
import { BOB, DAVE, rowsOf, verdictOf } from '../../../test-support/auth-cases.ts';

const knock = { type: 'm.room.member', sender: DAVE, stateKey: DAVE, content: { membership: 'knock' } };

const rows = rowsOf([
  {
    story: '5.7.3 allows knocking on a room that says so',
    room: { joinRule: 'knock' },
    event: knock,
    verdict: { '1-6': 'member.unknown', '7-12': 'allow' },
  },
  {
    story: '5.7.1 allows knocking under knock_restricted from version 10 on',
    room: { joinRule: 'knock_restricted' },
    event: knock,
    verdict: { '1-6': 'member.unknown', '7-9': 'member.knock.join_rule', '10-12': 'allow' },
  },
  ...['public', 'invite', 'restricted', null].map((joinRule) => ({
    story: `5.7.1 rejects knocking under join rule ${joinRule}`,
    room: { joinRule },
    event: knock,
    verdict: { '1-6': 'member.unknown', '7-12': 'member.knock.join_rule' } as const,
  })),
  {
    story: '5.7.2 rejects knocking for somebody else',
    room: { joinRule: 'knock' },
    event: { ...knock, sender: BOB },
    verdict: { '1-6': 'member.unknown', '7-12': 'member.knock.sender' },
  },
  ...['leave', 'knock'].map((membership) => ({
    story: `5.7.3 allows knocking with membership ${membership}`,
    room: { joinRule: 'knock', members: { [DAVE]: membership } },
    event: knock,
    verdict: { '1-6': 'member.unknown', '7-12': 'allow' } as const,
  })),
  ...['ban', 'invite', 'join'].map((membership) => ({
    story: `5.7.4 rejects knocking with membership ${membership}`,
    room: { joinRule: 'knock', members: { [DAVE]: membership } },
    event: knock,
    verdict: { '1-6': 'member.unknown', '7-12': 'member.knock.membership' } as const,
  })),
]);

describe('checkKnock', () => {
  it.each(rows)('$story (version $version)', (row) => {
    expect(verdictOf(row)).toBe(row.verdict);
  });
});
