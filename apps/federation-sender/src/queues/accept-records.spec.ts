import { beforeEach, describe, expect, it } from 'vitest';
import type { QueueChange } from '@plexus/storage';
import type { FederationOutboundRecord, RecordBatch } from '@plexus/topics';
import { AcceptRecords } from './accept-records.ts';
import type { DestinationQueue } from './destination-queue.ts';
import { newDestination } from './destination-queue.ts';
import { OwnedDestinations } from './owned-destinations.ts';

const KEY = { origin: 'one.example', destination: 'remote.example' };
const SHARD = 0;
/** More than wait in the memory for one destination. */
const MANY = 1_200;
const A_WHILE_MS = 60_000;
const SLOW_START_MS = 5_000;

describe('a destination that many events come for at once', () => {
  let now: number;
  let owned: OwnedDestinations;
  let queue: DestinationQueue;
  let stored: QueueChange[];
  beforeEach(() => {
    now = 0;
    const progress = { nextOffset: 0, incarnation: 'made', seen: {}, generation: 1 };
    owned = new OwnedDestinations({ shard: SHARD, epoch: 1, step: 0, progress });
    queue = owned.open(newDestination(KEY), now);
    stored = [];
  });

  /** `takes` is what the destination makes of it when its queue is worked on. */
  function accepting(takes: () => void): AcceptRecords {
    return new AcceptRecords({
      shards: new Map([[SHARD, owned]]),
      reader: { findDestinations: async () => [] },
      writer: {
        store: async (_, change) => {
          stored.push(change);
          return 'stored';
        },
      },
      run: { start: takes },
      clock: { now: () => now, delay: async (ms) => void (now += ms) },
      lostRows: { load: async () => undefined, has: () => false },
      async *redistribute() {},
      failed: (_, error) => {
        throw error;
      },
    });
  }

  function takeSome(): void {
    for (const record of queue.events.splice(0, 50)) record.waiting -= 1;
  }

  function ask(): void {
    if (queue.isRunning) return;
    queue.isRunning = true;
    queue.askedAt = now;
  }

  it('gets all of them, however long there was nothing for it', async () => {
    now += A_WHILE_MS;
    await accepting(takeSome).handle(batchOf(MANY));
    expect(queue.isBehind).toBe(false);
    expect(queue.events.length).toBeGreaterThan(900);
    expect(stored).toEqual([]);
  });

  it('gets all of them where this side is slow to ask', async () => {
    const accept = accepting(() => {
      queue.isRunning = true;
      if (now >= A_WHILE_MS + SLOW_START_MS) takeSome();
    });
    await accept.handle(batchOf(1));
    now += A_WHILE_MS;
    await accept.handle(batchOf(MANY, 1));
    expect([queue.isBehind, stored]).toEqual([false, []]);
  });

  it('falls behind where it does not answer', async () => {
    now += A_WHILE_MS;
    const accept = accepting(ask);
    await accept.handle(batchOf(MANY));
    expect(queue.isBehind).toBe(true);
    expect(stored.map(({ postponed }) => postponed?.map(({ position }) => position))).toEqual([[MANY]]);
  });

  it('falls behind at once where it has left a transaction without an answer for a while', async () => {
    const accept = accepting(ask);
    await accept.handle(batchOf(1));
    now += A_WHILE_MS;
    await accept.handle(batchOf(MANY, 1));
    expect(queue.isBehind).toBe(true);
    expect(now).toBe(A_WHILE_MS);
  });

  it('falls behind where the others were held up for it for too long, whyever', async () => {
    await accepting(() => {
      queue.isRunning = true;
    }).handle(batchOf(MANY));
    expect(queue.isBehind).toBe(true);
    expect(now).toBe(20_000);
  });
});

function batchOf(count: number, first = 0): RecordBatch<FederationOutboundRecord> {
  const records = Array.from({ length: count }, (_, index) => recordAt(first + index));
  return {
    partition: SHARD,
    incarnation: 'made',
    records,
    signal: new AbortController().signal,
    done: () => undefined,
  };
}

function recordAt(offset: number): RecordBatch<FederationOutboundRecord>['records'][number] {
  const { origin, destination } = KEY;
  const place = { roomShard: 1, roomNid: 1, roomId: '!room:one.example', eventNid: offset + 1, position: offset + 1 };
  const value = { ...place, part: 0, generation: 1, origin, destinations: [destination] };
  return {
    partition: SHARD,
    offset,
    key: destination,
    value: { content: { $case: 'event', value } },
    headers: {},
    appendedAt: 0,
    byteLength: 100,
  };
}
