import { FakeRooms } from '@plexus/testing';
import type { RecordBatch, RoomLogRecord } from '@plexus/topics';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoggedRow } from '../logged-row.ts';
import { DistributeLog } from './distribute-log.ts';
import type { DistributionOutcome, LogDistribution } from './log-distribution.ts';
import type { LogPlace, ShardPlace } from './shard-place.ts';

/** Notes what it is given, and keeps places as two processes would see them. */
class NotingDistribution implements LogDistribution {
  readonly stored = new Map<number, LogPlace>();
  readonly given: number[][] = [];
  outcome: DistributionOutcome = 'stored';
  needed = true;
  generationsLeft = 0;
  /** Where it has no Postgres to store a place in. */
  away: Error | undefined;

  wanted = false;

  readonly wantsMember = (): boolean => this.wanted;

  isNeeded(): boolean {
    return this.needed;
  }

  async openPlaces(): Promise<ReadonlyMap<number, LogPlace>> {
    return new Map(this.stored);
  }

  leaveGeneration(): void {
    this.generationsLeft += 1;
  }

  async distribute(_place: ShardPlace, rows: readonly LoggedRow[]): Promise<DistributionOutcome> {
    const { outcome } = this;
    this.outcome = 'stored';
    if (outcome === 'stored') this.given.push(rows.map(({ position }) => position));
    return outcome;
  }

  async storePlace({ shard, generation, position }: ShardPlace): Promise<DistributionOutcome> {
    if (this.away !== undefined) throw this.away;
    this.stored.set(shard, { generation, position });
    return 'stored';
  }
}

function batchOf(records: readonly RoomLogRecord[]): RecordBatch<RoomLogRecord> {
  return {
    partition: 0,
    incarnation: '1',
    records: records.map((value, offset) => {
      return { partition: 0, offset, key: value.roomId, value, headers: {}, appendedAt: 0, byteLength: 1 };
    }),
    signal: new AbortController().signal,
    done: () => {},
  };
}

describe('DistributeLog', () => {
  let rooms: FakeRooms;
  let distribution: NotingDistribution;
  let log: DistributeLog;
  let failures: unknown[];
  beforeEach(async () => {
    failures = [];
    rooms = new FakeRooms(1);
    distribution = new NotingDistribution();
    log = new DistributeLog({
      reader: rooms,
      log: rooms,
      distribution,
      storeAfterSweeps: 2,
      distributed: () => {},
      failed: (_doing, error) => void failures.push(error),
    });
    await log.take([0]);
  });

  /** Records of so many new rows. */
  function say(times: number): RoomLogRecord[] {
    const rows = Array.from({ length: times }, () =>
      rooms.append({ roomId: '!room:one.example', type: 'm.room.message', sender: '@u:one.example', content: {} }),
    );
    return rows.map((row) => rooms.recordOf(row));
  }

  it('takes records as they come, drops what it has seen, and reads what is missing', async () => {
    const records = say(5);
    const handle = (...positions: number[]): Promise<void> =>
      log.handle(batchOf(records.filter(({ position }) => positions.includes(position))));
    await handle(1, 2);
    await handle(2, 4);
    await handle(3, 5);
    expect(distribution.given).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('begins behind what is stored, and at the end where nothing is', async () => {
    say(3);
    await log.take([0]);
    await log.sweep();
    expect(distribution.given).toEqual([]);
    distribution.stored.set(0, { generation: 1, position: 1 });
    await log.take([0]);
    await log.sweep();
    expect(distribution.given).toEqual([[2, 3]]);
    expect(log.lastLag).toBe(2);
  });

  it('stores how far it is after some sweeps, and when the shard is given up', async () => {
    await log.handle(batchOf(say(1)));
    await log.sweep();
    expect(distribution.stored.get(0)).toBeUndefined();
    await log.sweep();
    expect(distribution.stored.get(0)).toEqual({ generation: 1, position: 1 });
    await log.handle(batchOf(say(1)));
    await log.drop([0]);
    expect(distribution.stored.get(0)).toEqual({ generation: 1, position: 2 });
    await log.handle(batchOf(say(1)));
    expect(distribution.given).toEqual([[1], [2]]);
  });

  it('gives a shard up whose place cannot be stored, and says so', async () => {
    await log.handle(batchOf(say(1)));
    distribution.away = new Error('away');
    await log.drop([0]);
    expect(failures).toEqual([distribution.away]);
    await log.handle(batchOf(say(1)));
    await log.sweep();
    expect(distribution.given).toEqual([[1]]);
  });

  it('goes on from what another process has stored meanwhile', async () => {
    const records = say(3);
    distribution.outcome = 'moved';
    distribution.stored.set(0, { generation: 1, position: 2 });
    await log.handle(batchOf(records));
    expect(distribution.given).toEqual([]);
    await log.sweep();
    expect(distribution.given).toEqual([[3]]);
  });

  it('leaves to others what it could not store when it was stopped', async () => {
    say(2);
    distribution.outcome = 'stopped';
    await log.sweep();
    expect(distribution.given).toEqual([]);
    await log.sweep();
    expect(distribution.given).toEqual([[1, 2]]);
  });

  it('goes back to what is left of the log in a new generation', async () => {
    await log.handle(batchOf(say(3)));
    await log.sweep();
    await log.sweep();
    rooms.rows[0]?.splice(1);
    rooms.generation = 2;
    await log.sweep();
    expect(distribution.generationsLeft).toBe(1);
    await log.handle(batchOf(say(1)));
    expect(distribution.given).toEqual([[1, 2, 3], [2]]);
  });

  it('compares no states that a record has compared, where it reads the event of a membership', async () => {
    distribution.wanted = true;
    const brought = say(1)[0]?.event?.eventNid;
    await log.sweep();
    const change = { type: 'm.room.member', stateKey: '@u:one.example', eventNid: brought };
    await log.handle(batchOf([rooms.recordOf(rooms.correctState('!room:one.example', [change]))]));
    expect(distribution.given).toEqual([[1], [2]]);
    expect(rooms.calls.get('findStateNodes')).toBeUndefined();
    expect(rooms.calls.get('findEvents')).toBe(1);
  });

  it('passes over what comes to nothing', async () => {
    distribution.needed = false;
    await log.handle(batchOf(say(2)));
    say(1);
    await log.sweep();
    distribution.needed = true;
    await log.handle(batchOf(say(1)));
    expect(distribution.given).toEqual([[4]]);
  });
});
