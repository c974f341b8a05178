import type { RecordBatch, RoomGapRecord } from '@plexus/topics';
import { describe, expect, it } from 'vitest';
import type { GapOutcome } from '../remote-rooms/fill-gap.ts';
import { GapConsumer } from './gap-consumer.ts';

function gap(roomId: string, eventId: string): RoomGapRecord {
  return { roomId, eventId, roomVersion: '11', missingEventIds: ['$m'], origin: 'a', destination: 'b', attempt: 1 };
}

function batch(gaps: readonly RoomGapRecord[]): RecordBatch<RoomGapRecord> {
  const records = gaps.map((value, offset) => {
    return { partition: 0, offset, key: value.roomId, value, headers: {}, appendedAt: 0, byteLength: 1 };
  });
  return { partition: 0, incarnation: 't', records, signal: new AbortController().signal, done: () => undefined };
}

function build({ atOnce = 2, mostWaiting = 10 } = {}) {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<GapOutcome>>();
  const told: unknown[] = [];
  const fillGap = {
    execute({ eventId }: RoomGapRecord): Promise<GapOutcome> {
      begun.push(eventId);
      const end = Promise.withResolvers<GapOutcome>();
      ends.set(eventId, end);
      return end.promise;
    },
  };
  const consumer = new GapConsumer(fillGap, {
    atOnce,
    mostWaiting,
    filled: ({ eventId }, outcome) => void told.push([eventId, outcome]),
    failed: (error) => void told.push(error),
  });
  const end = async (eventId: string): Promise<void> => {
    ends.get(eventId)?.resolve('handed');
    await expect.poll(() => told).toContainEqual([eventId, 'handed']);
  };
  return { consumer, begun, ends, told, end };
}

describe('GapConsumer', () => {
  it('fills gaps of several rooms at once, of one room one after the other', async () => {
    const { consumer, begun, end } = build();
    consumer.handle(batch([gap('!a', '$a1'), gap('!a', '$a2'), gap('!b', '$b1'), gap('!c', '$c1')]));
    expect(begun).toEqual(['$a1', '$b1']);
    await end('$b1');
    expect(begun).toEqual(['$a1', '$b1', '$c1']);
    await end('$a1');
    expect(begun).toEqual(['$a1', '$b1', '$c1', '$a2']);
  });

  it('takes what is told again once, and leaves out what finds no room: that is told again', async () => {
    const { consumer, begun, end } = build({ atOnce: 1, mostWaiting: 2 });
    consumer.handle(batch([gap('!a', '$a1')]));
    consumer.handle(batch([gap('!a', '$a2'), gap('!a', '$a2'), gap('!a', '$a3'), gap('!a', '$a4')]));
    for (const eventId of ['$a1', '$a2', '$a3']) await end(eventId);
    expect(begun).toEqual(['$a1', '$a2', '$a3']);
  });

  it('goes on after a failure', async () => {
    const { consumer, begun, ends, told } = build({ atOnce: 1 });
    consumer.handle(batch([gap('!a', '$a1'), gap('!b', '$b1')]));
    const failure = new Error('no database');
    ends.get('$a1')?.reject(failure);
    await expect.poll(() => told).toEqual([failure]);
    expect(begun).toEqual(['$a1', '$b1']);
  });

  it('begins nothing when it stops, and waits for what it has begun', async () => {
    const { consumer, begun, ends } = build({ atOnce: 1 });
    consumer.handle(batch([gap('!a', '$a1'), gap('!b', '$b1')]));
    const stopped = consumer.stop();
    ends.get('$a1')?.resolve('handed');
    await stopped;
    expect(begun).toEqual(['$a1']);
  });
});
