import { SigningKey } from '@plexus/matrix-base';
import type { RateLimiter } from '@plexus/service-shell';
import { FakeAccounts, FakeHostedServers, FakeRooms, RemoteRoom } from '@plexus/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ReceivedPdu } from '../transactions/received-pdu.ts';
import { ReceiveInvite } from './receive-invite.ts';
import type { ReceiveInvitePorts, SentInvite } from './receive-invite.ts';

const BEN = '@ben:here.example';
const parties = { origin: 'there.example', destination: 'here.example' };

let sent: SentInvite;
let received: ReceivedPdu[];
let accounts: FakeAccounts;
let receiveMembership: ReturnType<typeof vi.fn<ReceiveInvitePorts['owners']['receiveMembership']>>;
beforeEach(async () => {
  const room = new RemoteRoom(
    { name: 'there.example', key: new SigningKey('ed25519:1', Buffer.alloc(32, 1)) },
    { version: '11' },
  );
  const { eventId, pdu } = room.build({ type: 'm.room.member', stateKey: BEN, content: { membership: 'invite' } });
  sent = { roomId: room.roomId, eventId, roomVersion: '11', event: pdu, roomState: [] };
  received = [];
  receiveMembership = vi.fn<ReceiveInvitePorts['owners']['receiveMembership']>();
  accounts = new FakeAccounts();
  await accounts.addUser({ userId: BEN, passwordHash: undefined });
});

function receive(change: Partial<ReceiveInvitePorts>): Promise<string> {
  return new ReceiveInvite({
    checker: {
      check: async () => [],
      verify: async (pdus) => pdus.map((pdu) => ({ ...pdu, contentHash: 'matches' })),
    },
    rooms: new FakeRooms(),
    acls: { allows: async () => true },
    users: accounts,
    settings: { find: async () => ({ blocksInvites: false, ignored: new Set() }) },
    blocks: { findBlocks: async () => [] },
    limiter: { use: () => 0 },
    owners: { receiveMembership },
    keys: new FakeHostedServers(['here.example']),
    received: (pdu) => received.push(pdu),
    ...change,
  }).execute(parties, sent);
}

it('of a user who is invited too often is refused before the room hears of it', async () => {
  const use = vi.fn<RateLimiter['use']>(() => 1_000);
  await expect(receive({ limiter: { use } })).rejects.toMatchObject({ httpStatus: 429, errcode: 'M_LIMIT_EXCEEDED' });
  expect(use).toHaveBeenCalledWith({ action: 'invite-to-user', serverName: 'here.example', key: BEN });
  expect(receiveMembership).not.toHaveBeenCalled();
});

it('tells what came of its checks', async () => {
  const { roomId, eventId } = sent;
  const wrong = { outcome: 'drop', rule: 'signature.sender', because: 'not signed' } as const;
  const checker = { check: async () => [], verify: async () => [wrong] };
  await expect(receive({ checker })).rejects.toMatchObject({ httpStatus: 400, message: 'not signed' });
  await receive({});
  expect(received).toEqual([
    { ...parties, roomId, eventId, outcome: 'dropped', rule: 'signature.sender', because: 'not signed' },
    { ...parties, roomId, eventId, outcome: 'taken' },
  ]);
});
