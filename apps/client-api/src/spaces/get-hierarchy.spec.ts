import type { HierarchyResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { FakeHierarchyPages } from '@plexus/testing';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomRecord } from '@plexus/storage';
import { systemRandomSource } from '@plexus/service-shell';
import { expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { FakeRemoteServers } from '../../test-support/fake-remote-servers.ts';
import { FindRemoteRoom } from './find-remote-room.ts';
import type { SeenRoom } from './find-seen-room.ts';
import { GetHierarchy } from './get-hierarchy.ts';

const [SPACE, INNER] = ['!space:one.example', '!inner:far.example'] as const;
const [FIRST, SECOND, UNSUGGESTED] = ['!first:far.example', '!second:far.example', '!unsuggested:far.example'] as const;
const VIA = { via: ['far.example'] };

/** A space here that leads to one of another server, which leads to rooms there. */
function walk(query: { readonly suggested_only?: boolean }): Promise<HierarchyResponse> {
  const remoteServers = new FakeRemoteServers();
  remoteServers.answer = ({ path }) => {
    const roomId = decodeURIComponent(path.split('?')[0]?.split('/').at(-1) ?? '');
    return { outcome: 'answered', status: 200, body: { room: summaryOf(roomId), children: [] } };
  };
  const servers = { isHosted: (serverName: string) => serverName === 'one.example' };
  const userRooms = { findUserRoom: async () => undefined };
  const link = { type: 'm.space.child', stateKey: INNER, originServerTs: 1, content: { ...VIA, suggested: true } };
  const events = [{ ...link, sender: '@alice:one.example' } as Partial<RoomEvent> as RoomEvent];
  return new GetHierarchy({
    seenRooms: { execute: async (_viewer, roomId) => (roomId === SPACE ? SEEN : undefined) },
    elsewhere: new FindRemoteRoom({ remoteServers, servers, userRooms }),
    states: { list: async () => events },
    pages: new FakeHierarchyPages(),
    random: systemRandomSource,
  }).execute(requesterOf('@alice:one.example'), SPACE, query);
}

const SEEN: SeenRoom = {
  room: { roomId: SPACE, roomVersion: '11', joinedCount: 1 } as Partial<RoomRecord> as RoomRecord,
  membership: 'join',
  description: {
    name: undefined,
    topic: undefined,
    canonicalAlias: undefined,
    avatarUrl: undefined,
    joinRule: 'public',
    allowedRoomIds: [],
    roomType: 'm.space',
    encryption: undefined,
    isWorldReadable: false,
    guestsCanJoin: false,
  },
};

function child(key: string, originServerTs: number, content: JsonObject): JsonObject {
  const state = { type: 'm.space.child', state_key: key, sender: '@rhea:far.example' };
  return { ...state, origin_server_ts: originServerTs, content: { ...VIA, ...content } };
}

function summaryOf(roomId: string): JsonObject {
  const children = [
    child(UNSUGGESTED, 1, { order: 'a' }),
    child(SECOND, 3, { suggested: true }),
    child(FIRST, 2, { suggested: true }),
  ];
  return {
    room_id: roomId,
    num_joined_members: 1,
    world_readable: false,
    guest_can_join: false,
    join_rule: 'public',
    ...(roomId === INNER && { room_type: 'm.space' }),
    children_state: roomId === INNER ? children : [],
  };
}

it('goes through the rooms of another server’s space in the order of its children', async () => {
  const { rooms } = await walk({});
  expect(rooms.map(({ room_id: id }) => id)).toEqual([SPACE, INNER, UNSUGGESTED, FIRST, SECOND]);
});

it('shows suggested rooms only, also where another server says of others', async () => {
  const { rooms } = await walk({ suggested_only: true });
  expect(rooms.map(({ room_id: id }) => id)).toEqual([SPACE, INNER, FIRST, SECOND]);
  expect(rooms[1]?.children_state.map(({ state_key: child }) => child)).toEqual([FIRST, SECOND]);
});
