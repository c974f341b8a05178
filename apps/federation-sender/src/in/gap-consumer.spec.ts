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
  const beside = new Map<string, readonly string[]>();
  const ends = new Map<string, PromiseWithResolvers<GapOutcome>>();
  const told: unknown[] = [];
  const fillGap = {
    execute({ eventId }: RoomGapRecord, others: readonly RoomGapRecord[]): Promise<GapOutcome> {
      begun.push(eventId);
      beside.set(
        eventId,
        others.map((other) => other.eventId),
      );
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
  const end = async (eventId: string, outcome: GapOutcome = 'handed'): Promise<void> => {
    ends.get(eventId)?.resolve(outcome);
    await expect.poll(() => told).toContainEqual([eventId, outcome]);
  };
  return { consumer, begun, beside, ends, told, end };
}

describe('GapConsumer', () => {
  it('fills gaps of several rooms at once, of one room one after the other', async () => {
    const { consumer, begun, end } = build();
    const ofAnother = { ...gap('!a', '$a2'), origin: 'c' };
    consumer.handle(batch([gap('!a', '$a1'), ofAnother, gap('!b', '$b1'), gap('!c', '$c1')]));
    expect(begun).toEqual(['$a1', '$b1']);
    await end('$b1');
    expect(begun).toEqual(['$a1', '$b1', '$c1']);
    await end('$a1');
    expect(begun).toEqual(['$a1', '$b1', '$c1', '$a2']);
  });

  it('fills those of one room and server together, and each by itself where that does not help', async () => {
    const { consumer, begun, beside, told, end } = build({ atOnce: 1, mostWaiting: 100 });
    const many = Array.from({ length: 30 }, (_, index) => gap('!a', `$${index}`));
    consumer.handle(batch([gap('!b', '$b1'), ...many]));
    await end('$b1');
    expect(begun).toEqual(['$b1', '$0']);
    expect(beside.get('$0')).toEqual(many.slice(1, 20).map(({ eventId }) => eventId));
    await end('$0');
    expect(told).toHaveLength(21);
    expect(begun.at(-1)).toBe('$20');
    expect(beside.get('$20')).toHaveLength(9);
    await end('$20', 'postponed');
    expect(told).toHaveLength(22);
    expect(begun.at(-1)).toBe('$21');
    expect(beside.get('$21')).toHaveLength(8);
  });

  it('takes what is told again once, and leaves out what finds no room: that is told again', async () => {
    const { consumer, begun, end } = build({ atOnce: 1, mostWaiting: 2 });
    consumer.handle(batch([gap('!a', '$a1')]));
    consumer.handle(batch([gap('!b', '$b1'), gap('!b', '$b1'), gap('!c', '$c1'), gap('!d', '$d1')]));
    for (const eventId of ['$a1', '$b1', '$c1']) await end(eventId);
    expect(begun).toEqual(['$a1', '$b1', '$c1']);
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
