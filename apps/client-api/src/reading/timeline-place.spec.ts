import { encodeSyncToken } from '@plexus/matrix-api';
import type { RoomRecord } from '@plexus/storage';
import { FakeRooms } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { TimelinePlaces } from './timeline-place.ts';

const room = { shard: 0, roomNid: 1 } as RoomRecord;
const place = { topologicalPosition: 7, eventNid: 12 };
const UNKNOWN = { errcode: 'M_INVALID_PARAM', httpStatus: 400 };

describe('tokens of places in timelines', () => {
  let rooms: FakeRooms;
  let places: TimelinePlaces;
  beforeEach(() => {
    rooms = new FakeRooms();
    places = new TimelinePlaces(rooms, rooms);
  });

  function syncToken(generation: number, positions = Array<number>(rooms.rows.length).fill(0)): string {
    return encodeSyncToken({
      generation,
      bootId: 1,
      userPosition: 0,
      deviceListPosition: 0,
      ephemeralPosition: 0,
      positions,
    });
  }

  it('name the place that they were made of', async () => {
    expect(await places.decode(room, await places.encode(place))).toEqual(place);
    expect(await places.decode(room, syncToken(rooms.generation))).toEqual({ topologicalPosition: 0, eventNid: 0 });
  });

  it('mean nothing after the generation was raised', async () => {
    const before = [await places.encode(place), syncToken(rooms.generation)];
    rooms.generation += 1;
    for (const token of before) await expect(places.decode(room, token)).rejects.toMatchObject(UNKNOWN);
    expect(await places.decode(room, await places.encode(place))).toEqual(place);
  });

  it('of a later generation are refused until this process knows of it', async () => {
    const later = syncToken(rooms.generation + 1);
    await expect(places.decode(room, later)).rejects.toMatchObject(UNKNOWN);
    rooms.generation += 1;
    expect(await places.decode(room, later)).toEqual({ topologicalPosition: 0, eventNid: 0 });
  });

  it.each(['', 'nonsense', 't1_1', 's'])('%j is none', async (token) => {
    await expect(places.decode(room, token)).rejects.toMatchObject(UNKNOWN);
  });

  it('of a deployment with fewer shards is none', async () => {
    await expect(places.decode(room, syncToken(rooms.generation, []))).rejects.toMatchObject(UNKNOWN);
  });
});
