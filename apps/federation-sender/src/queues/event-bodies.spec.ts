import { beforeEach, describe, expect, it } from 'vitest';
import { FakeCache, FakeRooms } from '@plexus/testing';
import { EventBodies, weightOfBody } from './event-bodies.ts';

const MESSAGE = { roomId: '!room:one.example', type: 'm.room.message', sender: '@u:one.example', content: {} };

describe('EventBodies', () => {
  let rooms: FakeRooms;
  let asked: (readonly number[])[];
  let bodies: EventBodies;
  beforeEach(() => {
    rooms = new FakeRooms(1);
    asked = [];
    const reader = {
      findEvents: (shard: number, nids: readonly number[]) => {
        asked.push(nids);
        return rooms.findEvents(shard, nids);
      },
    };
    bodies = new EventBodies(reader, new FakeCache());
  });

  function outgoing() {
    const { shard: roomShard, roomId, roomNid, position, event } = rooms.append(MESSAGE);
    return { roomShard, roomId, roomNid, position, eventNid: event?.eventNid ?? 0 };
  }

  it('reads an event once for all destinations, at once or one after the other', async () => {
    const [first, second] = [outgoing(), outgoing()];
    const found = await Promise.all([bodies.load([first]), bodies.load([first, second])]);
    expect(found[1]?.[0]).toBe(found[0]?.[0]);
    await bodies.load([second, first]);
    expect(asked).toEqual([[first.eventNid], [second.eventNid]]);
  });

  it('says where an event is not there any more', async () => {
    const gone = { ...outgoing(), eventNid: 99 };
    const there = outgoing();
    const [nothing, body] = await bodies.load([gone, there]);
    expect(nothing).toBeUndefined();
    expect(JSON.parse(body?.toString() ?? '{}')).toMatchObject({ type: 'm.room.message' });
  });

  it('asks again after a failure, which only the one who asked hears of', async () => {
    let isFailing = true;
    const event = outgoing();
    const failing = new EventBodies(
      {
        findEvents: async (shard, nids) => {
          if (!isFailing) return rooms.findEvents(shard, nids);
          isFailing = false;
          throw new Error('Postgres is away');
        },
      },
      new FakeCache(),
    );
    const [first, second] = await Promise.allSettled([failing.load([event]), failing.load([event])]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('weighs a large body as several', () => {
    expect([0, 1, 4_096, 4_097, 65_536].map((bytes) => weightOfBody(Buffer.alloc(bytes)))).toEqual([1, 1, 1, 2, 16]);
  });
});
