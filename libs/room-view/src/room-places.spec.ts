import { expect, it } from 'vitest';
import { FakeCache, FakeRooms } from '@plexus/testing';
import type { RoomPlace } from './room-place.ts';
import { roomPlaceCodec, RoomPlaces } from './room-places.ts';

const ROOM = '!room:one.example';
const CREATE = { roomId: ROOM, type: 'm.room.create', sender: '@alice:one.example', stateKey: '', content: {} };

it('finds a room once it is there, and asks once', async () => {
  const rooms = new FakeRooms();
  let asked = 0;
  const reader = {
    findRoom: (roomId: string) => {
      asked += 1;
      return rooms.findRoom(roomId);
    },
  };
  const places = new RoomPlaces(reader, new FakeCache<RoomPlace>());
  expect(await places.find(ROOM)).toBeUndefined();
  const { shard, roomNid, roomVersion } = rooms.append(CREATE);
  expect(await places.find(ROOM)).toEqual({ shard, roomNid, roomVersion });
  expect(await places.find(ROOM)).toEqual({ shard, roomNid, roomVersion });
  expect(asked).toBe(2);
});

it('shares a place as bytes', () => {
  const place = { shard: 3, roomNid: 2 ** 40, roomVersion: '12' };
  expect(roomPlaceCodec.decode(roomPlaceCodec.encode(place))).toEqual(place);
});
