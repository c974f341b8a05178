import type { RoomRecord } from '@plexus/storage';
import { expect, it } from 'vitest';
import { requireWholeState, RoomDoor } from './room-door.ts';

const ROOM: RoomRecord = {
  shard: 0,
  roomNid: 1,
  roomId: '!room:b.example',
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
const PARTIES = { origin: 'b.example', destination: 'one.example' };
const UNKNOWN = { httpStatus: 404, errcode: 'M_NOT_FOUND' };

function doorTo(room: RoomRecord): RoomDoor {
  const rooms = { findRoom: async () => room, countJoined: async () => new Map([['one.example', 1]]) };
  return new RoomDoor({ rooms, acls: { allows: async () => true } });
}

it('lets nobody in, and shows no state, while members of the room are not known here', async () => {
  const partial = { ...ROOM, partialJoin: 7 };
  const door = doorTo(partial);
  await expect(door.forNewcomer(PARTIES, ROOM.roomId)).rejects.toMatchObject(UNKNOWN);
  expect(() => requireWholeState(partial)).toThrow(expect.objectContaining(UNKNOWN));
  expect(await door.forVisitor(PARTIES, ROOM.roomId)).toBe(partial);
});

it('lets newcomers in where all of them are', async () => {
  expect(await doorTo(ROOM).forNewcomer(PARTIES, ROOM.roomId)).toBe(ROOM);
});
