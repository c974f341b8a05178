import type { UserRoom } from '@plexus/storage';
import { beforeEach, expect, it } from 'vitest';
import { FakeRemoteServers } from '../../test-support/fake-remote-servers.ts';
import { FindRemoteRoom } from './find-remote-room.ts';
import { GetRoomSummary } from './get-room-summary.ts';

const [ALICE, ROOM] = ['@alice:one.example', '!room:far.example'];
const SUMMARY = {
  room_id: ROOM,
  num_joined_members: 3,
  world_readable: false,
  guest_can_join: false,
  join_rule: 'invite',
};
const INVITE: UserRoom = {
  userId: ALICE,
  roomId: ROOM,
  shard: 0,
  roomNid: 1,
  membership: 'invite',
  previousMembership: undefined,
  sender: '@rhea:far.example',
  eventId: '$invite',
  position: 1,
  strippedState: undefined,
};

let remoteServers: FakeRemoteServers;
let own: UserRoom | undefined;
beforeEach(() => {
  remoteServers = new FakeRemoteServers();
  remoteServers.answer = () => ({
    outcome: 'answered',
    status: 200,
    body: { room: { ...SUMMARY, children_state: [] }, children: [] },
  });
});

function summarize(): Promise<unknown> {
  const userRooms = { findUserRoom: async () => own };
  const servers = { isHosted: (serverName: string) => serverName === 'one.example' };
  return new GetRoomSummary({
    findRoom: { execute: async () => ({ roomId: ROOM, servers: [] }) },
    seenRooms: { execute: async () => undefined },
    elsewhere: new FindRemoteRoom({ remoteServers, servers, userRooms }),
    userRooms,
  }).execute({ userId: ALICE, serverName: 'one.example' }, { roomIdOrAlias: ROOM, via: [] });
}

it('asks the server of who has invited the user, and tells of the invite', async () => {
  own = INVITE;
  expect(await summarize()).toEqual({ ...SUMMARY, room_version: '1', membership: 'invite' });
  expect(remoteServers.asked.map(({ destination }) => destination)).toEqual(['far.example']);
});

it('knows nothing of a room for which nobody names a server', async () => {
  own = undefined;
  await expect(summarize()).rejects.toMatchObject({ errcode: 'M_NOT_FOUND', httpStatus: 404 });
  expect(remoteServers.asked).toEqual([]);
});
