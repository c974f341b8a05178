import { describe, expect, it } from 'vitest';
import type { ParkedPdu } from '@plexus/storage';
import type { Gap } from '../out/gap-announcer.ts';
import { GapSweep } from './gap-sweep.ts';
import type { WaitingPlace } from './parking.ts';

const LIMITS = { everyMs: 5, pauseMs: 100, longestPauseMs: 400, chainPauseMs: 100, longestWaitMs: 1_000 };

describe('GapSweep', () => {
  it('tells of what waits, ever more slowly, until it waits no longer', async () => {
    const { sweep, clock, told, waiting } = buildSweep();
    waiting.push(place('$a', ['$1', '$2']));
    const attempts = async (until: number): Promise<number[]> => {
      told.length = 0;
      for (; clock.at < until; clock.at += 10) await sweep.round();
      return told.map(({ attempt }) => attempt);
    };
    expect(await attempts(100)).toEqual([1]);
    expect(told[0]?.parked.missingEventIds).toEqual(['$1', '$2']);
    expect(await attempts(300)).toEqual([2]);
    expect(await attempts(700)).toEqual([3]);
    waiting.length = 0;
    expect(await attempts(900)).toEqual([]);
  });

  it('gives up what has waited for too long', async () => {
    const { sweep, clock, told, waiting, dropped } = buildSweep();
    waiting.push(place('$a', ['$1']), { ...place('$b', ['$2']), parkedAt: 600 });
    clock.at = 1_001;
    await sweep.round();
    expect(dropped).toEqual(['$a']);
    expect(told.map(({ parked }) => parked.eventId)).toEqual(['$b']);
  });

  it('tells of the first of those that wait for each other, and of the last one where that does not help', async () => {
    const { sweep, clock, told, waiting } = buildSweep();
    waiting.push(
      place('$a', ['$1']),
      { ...place('$b', ['$a']), inChain: 'between' },
      { ...place('$c', ['$b']), inChain: 'last' },
    );
    await sweep.round();
    expect(told.map(({ parked }) => parked.eventId)).toEqual(['$a']);
    clock.at = 100;
    await sweep.round();
    expect(told.map(({ parked, attempt }) => [parked.eventId, attempt])).toEqual([
      ['$a', 1],
      ['$a', 2],
      ['$c', 1],
    ]);
  });

  it('goes on after a failure', async () => {
    const { sweep, clock, told, waiting, failures, outage } = buildSweep();
    waiting.push(place('$a', ['$1']));
    outage.error = new Error('away');
    await sweep.round();
    expect(failures).toEqual([outage.error]);
    outage.error = undefined;
    clock.at = 1;
    await sweep.round();
    expect(told).toHaveLength(1);
  });
});

function place(eventId: string, missingEventIds: string[]): WaitingPlace {
  return { shard: 1, roomId: '!r:a', eventId, missingEventIds, parkedAt: 0, inChain: 'first' };
}

function buildSweep() {
  const clock = { at: 0 };
  const told: Gap[] = [];
  const waiting: WaitingPlace[] = [];
  const dropped: string[] = [];
  const failures: unknown[] = [];
  const outage: { error: Error | undefined } = { error: undefined };
  const sweep = new GapSweep(
    {
      rooms: {
        async findParked(shard, eventIds): Promise<ParkedPdu[]> {
          if (outage.error !== undefined) throw outage.error;
          const rest = { roomId: '!r:a', origin: 'o', destination: 'd', record: Buffer.alloc(0) };
          return eventIds.map((eventId) => ({ ...rest, shard, eventId, missingEventIds: ['outdated'] }));
        },
      },
      gaps: { announce: async (gaps) => void told.push(...gaps) },
      clock: { now: () => clock.at, delay: async () => undefined },
      waiting: () => waiting,
      drop: ({ eventId }) => dropped.push(eventId),
      failed: (_doing, error) => failures.push(error),
    },
    LIMITS,
  );
  return { sweep, clock, told, waiting, dropped, failures, outage };
}
