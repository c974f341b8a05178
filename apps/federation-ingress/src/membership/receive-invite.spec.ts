import { SigningKey } from '@plexus/matrix-base';
import type { RateLimiter } from '@plexus/service-shell';
import { FakeAccounts, FakeHostedServers, FakeRooms, RemoteRoom } from '@plexus/testing';
import { expect, it, vi } from 'vitest';
import { ReceiveInvite } from './receive-invite.ts';
import type { ReceiveInvitePorts } from './receive-invite.ts';

const BEN = '@ben:here.example';

it('of a user who is invited too often is refused before the room hears of it', async () => {
  const room = new RemoteRoom(
    { name: 'there.example', key: new SigningKey('ed25519:1', Buffer.alloc(32, 1)) },
    { version: '11' },
  );
  const invite = room.build({ type: 'm.room.member', stateKey: BEN, content: { membership: 'invite' } });
  const use = vi.fn<RateLimiter['use']>(() => 1_000);
  const receiveMembership = vi.fn<ReceiveInvitePorts['owners']['receiveMembership']>();
  const accounts = new FakeAccounts();
  await accounts.addUser({ userId: BEN, passwordHash: undefined });
  const receive = new ReceiveInvite({
    checker: {
      check: async () => [],
      verify: async (pdus) => pdus.map((pdu) => ({ ...pdu, contentHash: 'matches' })),
    },
    rooms: new FakeRooms(),
    acls: { allows: async () => true },
    users: accounts,
    settings: { find: async () => ({ blocksInvites: false, ignored: new Set() }) },
    blocks: { findBlocks: async () => [] },
    limiter: { use },
    owners: { receiveMembership },
    keys: new FakeHostedServers(['here.example']),
  });
  const parties = { origin: 'there.example', destination: 'here.example' };
  const sent = { roomId: room.roomId, eventId: invite.eventId, roomVersion: '11', event: invite.pdu, roomState: [] };
  await expect(receive.execute(parties, sent)).rejects.toMatchObject({ httpStatus: 429, errcode: 'M_LIMIT_EXCEEDED' });
  expect(use).toHaveBeenCalledWith({ action: 'invite-to-user', serverName: 'here.example', key: BEN });
  expect(receiveMembership).not.toHaveBeenCalled();
});
