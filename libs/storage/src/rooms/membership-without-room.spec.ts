import { describe, expect, it } from 'vitest';
import type { MembershipWithoutRoom } from './membership-without-room.ts';
import { decodeMembershipWithoutRoom, encodeMembershipWithoutRoom } from './membership-without-room.ts';

describe('memberships without a room', () => {
  it('come out of a body as they went in', () => {
    const invite: MembershipWithoutRoom = {
      roomId: '!r:other.example',
      roomVersion: '11',
      userId: '@u:one.example',
      membership: 'invite',
      previousMembership: 'leave',
      sender: '@s:other.example',
      eventId: '$e',
      json: Buffer.from('{"content":{"membership":"invite","reason":"\\u0000 ü"}}'),
      strippedState: Buffer.from('[]'),
    };
    const leave = { ...invite, membership: 'leave', previousMembership: undefined, strippedState: undefined } as const;
    for (const membership of [invite, leave]) {
      expect(decodeMembershipWithoutRoom(encodeMembershipWithoutRoom(membership))).toEqual(membership);
    }
  });
});
