import { describe, expect, it } from 'vitest';
import { Parking } from './parking.ts';

const SHARD = 1;
const room = { roomId: '!r:a', origin: 'b.example' };

async function parkingOf(...waiting: readonly (readonly [string, string])[]): Promise<Parking> {
  const rows = waiting.map(([eventId, missing]) => ({ ...room, eventId, missingEventIds: [missing], parkedAt: 0 }));
  const ports = { rooms: { listWaiting: async () => rows }, clock: { now: () => 0 } };
  const parking = new Parking(ports, () => undefined, { perRoom: 4, perRoomAndOrigin: 3 });
  await parking.begin(SHARD);
  return parking;
}

describe('Parking', () => {
  it('is full for one origin before it is for a room', async () => {
    const parking = await parkingOf(['$b', '$a'], ['$c', '$b'], ['$d', '$c']);
    expect(parking.findObstacle(SHARD, { ...room, eventId: '$e' })).toMatch(/of the origin/);
    expect(parking.findObstacle(SHARD, { ...room, eventId: '$e', origin: 'c.example' })).toBeUndefined();
  });

  it('has room for what others wait for where it is full for the rest', async () => {
    const parking = await parkingOf(['$b', '$a'], ['$d', '$c'], ['$e', '$d'], ['$f', '$e']);
    expect(parking.findObstacle(SHARD, { ...room, eventId: '$g' })).toMatch(/of the room/);
    for (const eventId of ['$a', '$c']) expect(parking.findObstacle(SHARD, { ...room, eventId })).toBeUndefined();
  });

  it('is full in the end for a chain that comes the newest first', async () => {
    const parking = await parkingOf(['$g', '$f'], ['$f', '$e'], ['$e', '$d'], ['$d', '$c'], ['$c', '$b'], ['$b', '$a']);
    expect(parking.findObstacle(SHARD, { ...room, eventId: '$a' })).toMatch(/of the origin/);
  });

  it('tells who is first in a chain, who is last, and who is between', async () => {
    const parking = await parkingOf(['$c', '$b'], ['$d', '$c'], ['$b', '$a']);
    const places = [...parking.waiting()].map(({ eventId, inChain }) => [eventId, inChain]);
    expect(Object.fromEntries(places)).toEqual({ $b: 'first', $c: 'between', $d: 'last' });
    expect(parking.waitsForParked({ shard: SHARD, eventId: '$d' })).toBe(true);
    expect(parking.waitsForParked({ shard: SHARD, eventId: '$b' })).toBe(false);
  });
});
