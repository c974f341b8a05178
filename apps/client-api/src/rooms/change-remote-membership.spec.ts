import { MatrixError } from '@plexus/matrix-base';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakePorts, requesterOf } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { refused } from '../../test-support/fake-room-writer.ts';
import { composeJoinSteps } from '../compose-join-steps.ts';
import { ChangeMembership } from './change-membership.ts';
import type { MembershipChange } from './change-membership.ts';

const ALICE = '@alice:one.example';
const ROOM = '!room:far.example';
const alice = requesterOf(ALICE);

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await ports.accounts.addUser({ userId: ALICE, passwordHash: undefined });
});

/** What comes of a change that the room's owner refuses by this rule. */
async function change(rule: string, wanted: MembershipChange, requester = alice): Promise<unknown> {
  ports.writer.nextReply = refused('M_FORBIDDEN', 403, rule);
  try {
    return await new ChangeMembership({ ...ports, ...composeJoinSteps(ports) }).execute(requester, ROOM, wanted);
  } catch (error) {
    if (error instanceof MatrixError) return [error.httpStatus, error.errcode];
    throw error;
  }
}

describe('a membership that cannot be had here', () => {
  it.each(['room.unknown', 'member.no_resident_server', 'member.join.authorising_user'])(
    'is asked of the servers that are named (%s)',
    async (rule) => {
      expect(await change(rule, { action: 'join', via: ['far.example'], reason: 'why not' })).toBe('$remote');
      expect(ports.remoteRooms.memberships).toMatchObject([
        { roomId: ROOM, userId: ALICE, membership: 'join', servers: ['far.example'], content: { reason: 'why not' } },
      ]);
    },
  );

  it('is limited in how often it is had, but for whom nothing is', async () => {
    ports.limiter.use = ({ action }) => (action === 'join-elsewhere' ? 1_000 : 0);
    const wanted = { action: 'join', via: ['far.example'] } as const;
    expect(await change('room.unknown', wanted)).toEqual([429, 'M_LIMIT_EXCEEDED']);
    expect(await change('room.unknown', wanted, { ...alice, appserviceId: 'irc', isUnlimited: true })).toBe('$remote');
  });

  it('is exchanged first where an identity server signed an invite of another server’s user', async () => {
    const signed = { sender: '@carol:far.example', mxid: ALICE, token: 't', signatures: {} };
    ports.remoteServers.answer = () => ({ outcome: 'answered', status: 200, body: {} });
    const join = { action: 'join', via: ['far.example'], thirdPartySigned: signed } as const;
    expect(await change('room.unknown', join)).toBe('$remote');
    expect(ports.remoteServers.asked).toMatchObject([
      { destination: 'far.example', body: { sender: signed.sender, content: { third_party_invite: { signed } } } },
    ]);
    const ofBob = { ...join, thirdPartySigned: { ...signed, mxid: '@bob:one.example' } };
    expect(await change('room.unknown', ofBob)).toEqual([403, 'M_FORBIDDEN']);
  });

  it('is not asked of others where the rules of the room say no', async () => {
    expect(await change('member.join.invite_only', { action: 'join', via: ['far.example'] })).toEqual([
      403,
      'M_FORBIDDEN',
    ]);
    expect(ports.remoteRooms.memberships).toEqual([]);
  });

  it('is refused with what the other servers say', async () => {
    const refusal = { errcode: 'M_INCOMPATIBLE_ROOM_VERSION', httpStatus: 400, error: 'No', roomVersion: '99' };
    ports.remoteRooms.outcome = { outcome: 'refused', ...refusal };
    expect(await change('room.unknown', { action: 'knock', via: ['far.example'] })).toEqual([
      400,
      'M_INCOMPATIBLE_ROOM_VERSION',
    ]);
  });

  it("is an invite of another server's user", async () => {
    const wanted = { action: 'invite', target: '@bob:far.example' } as const;
    expect(await change('member.invite.remote', wanted)).toBe('$remote');
    expect(ports.remoteRooms.invites).toMatchObject([
      { roomId: ROOM, sender: ALICE, targetUserId: '@bob:far.example' },
    ]);
  });

  it('is a leave only for who is invited or knocks', async () => {
    expect(await change('room.unknown', { action: 'leave' })).toEqual([403, 'M_FORBIDDEN']);
    expect(ports.remoteRooms.memberships).toEqual([]);
  });
});
