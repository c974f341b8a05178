import { SigningKey } from '@plexus/matrix-base';
import type { RoomRecord } from '@plexus/storage';
import { FakeHostedServers, RemoteRoom } from '@plexus/testing';
import { expect, it, vi } from 'vitest';
import { OriginSlots } from '../rooms/origin-slots.ts';
import type { ReceivedPdu } from '../transactions/received-pdu.ts';
import { SendMembership } from './send-membership.ts';
import type { SendMembershipPorts } from './send-membership.ts';

const parties = { origin: 'there.example', destination: 'here.example' };
const leaving = new RemoteRoom(
  { name: 'there.example', key: new SigningKey('ed25519:1', Buffer.alloc(32, 1)) },
  { version: '11' },
);
const leave = leaving.build({
  type: 'm.room.member',
  sender: leaving.userId,
  stateKey: leaving.userId,
  content: { membership: 'leave' },
});
const sent = { roomId: leaving.roomId, eventId: leave.eventId, event: leave.pdu };
const room: RoomRecord = {
  shard: 0,
  roomNid: 1,
  roomId: leaving.roomId,
  roomVersion: '11',
  currentRoot: 1,
  forwardExtremities: [],
  depth: 1,
  topologicalPosition: 1,
  joinedCount: 2,
  invitedCount: 0,
  notifyCount: 0,
  threadNotifyCount: 0,
  isListed: false,
};

function build(verify: SendMembershipPorts['checker']['verify']) {
  const received: ReceivedPdu[] = [];
  const acceptPdu = vi.fn<SendMembershipPorts['owners']['acceptPdu']>();
  const send = new SendMembership({
    door: { forNewcomer: async () => room, forVisitor: async () => room },
    checker: { verify },
    owners: { acceptPdu },
    restrictedJoins: { findVouchingUser: async () => undefined },
    keys: new FakeHostedServers(['here.example']),
    states: { findMany: async () => [] },
    joinAnswer: { write: () => Promise.reject(new Error('nobody joins')) },
    largeReads: new OriginSlots({ most: 1, mostWaiting: 0 }),
    received: (pdu) => received.push(pdu),
  });
  return { send, received, acceptPdu };
}

it('tells why an event is refused that is not signed as it should be', async () => {
  const wrong = { outcome: 'drop', rule: 'signature.sender', because: 'not signed' } as const;
  const { send, received, acceptPdu } = build(async () => [wrong]);
  await expect(send.leave(parties, sent)).rejects.toMatchObject({ httpStatus: 400, message: 'not signed' });
  const { roomId, eventId } = sent;
  expect(received).toEqual([
    { ...parties, roomId, eventId, outcome: 'dropped', rule: 'signature.sender', because: 'not signed' },
  ]);
  expect(acceptPdu).not.toHaveBeenCalled();
});

it('tells of an event whose content was changed on the way, of which the redacted form goes on', async () => {
  const { send, received, acceptPdu } = build(async (pdus) => pdus.map((pdu) => ({ ...pdu, contentHash: 'tampered' })));
  await send.leave(parties, sent);
  expect(received).toMatchObject([{ outcome: 'taken', rule: 'content-hash.tampered' }]);
  expect(acceptPdu).toHaveBeenCalledWith(expect.objectContaining({ contentHashMismatch: true }));
});
