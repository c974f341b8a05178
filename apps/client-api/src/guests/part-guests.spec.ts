import { beforeEach, expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { composeJoinSteps } from '../compose-join-steps.ts';

const [ALICE, GUEST] = ['@alice:one.example', '@17:one.example'] as const;
const [OPEN, CLOSED] = ['!open:one.example', '!closed:one.example'] as const;

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await ports.accounts.addUser({ userId: ALICE, passwordHash: undefined });
  await ports.accounts.addUser({ userId: GUEST, passwordHash: undefined, isGuest: true });
  for (const roomId of [OPEN, CLOSED]) {
    say(roomId, 'm.room.create', '', {});
    for (const userId of [ALICE, GUEST]) say(roomId, 'm.room.member', userId, { membership: 'join' });
    say(roomId, 'm.room.guest_access', '', { guest_access: roomId === OPEN ? 'can_join' : 'forbidden' });
  }
});

function say(roomId: string, type: string, stateKey: string, content: Record<string, unknown>): void {
  ports.rooms.append({ roomId, sender: stateKey === '' ? ALICE : stateKey, type, stateKey, content });
}

async function membershipIn(roomId: string, userId: string = GUEST): Promise<string | undefined> {
  return (await ports.rooms.findUserRoom(userId, roomId))?.membership;
}

it('parts guests, and nobody else, from rooms that take none', async () => {
  await composeJoinSteps(ports).partGuests.lookOnce();
  expect([await membershipIn(OPEN), await membershipIn(CLOSED), await membershipIn(CLOSED, ALICE)]).toEqual([
    'join',
    'leave',
    'join',
  ]);
});

it('goes on with a room that could not be reached', async () => {
  const { partGuests } = composeJoinSteps(ports);
  ports.writer.nextReply = { $case: 'failed', value: { error: 'away' } };
  await expect(partGuests.lookOnce()).rejects.toThrow('cannot be reached');
  await partGuests.lookOnce();
  expect(await membershipIn(CLOSED)).toBe('leave');
});
