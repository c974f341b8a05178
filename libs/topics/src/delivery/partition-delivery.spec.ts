import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import { describe, expect, it, vi } from 'vitest';
import type { RecordBatch, RecordHandler, TopicReset } from '../consumer.ts';
import { DEFAULT_DELIVERY_LIMITS } from './delivery-limits.ts';
import type { ArrivedRecord } from './partition-delivery.ts';
import { PartitionDelivery } from './partition-delivery.ts';

const clock: Clock = {
  now: () => 1_000,
  delay: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};
const limits = { ...DEFAULT_DELIVERY_LIMITS, firstRetryMs: 1, lastRetryMs: 2, queuedBytes: 100, batchRecords: 3 };

function record(offset: number, text = `r${offset}`): ArrivedRecord<string> {
  const decode = (): string => {
    if (text === 'broken') throw new Error('no such record');
    return text;
  };
  return { offset, key: 'k', headers: {}, appendedAt: 900, byteLength: 10, bytes: Buffer.alloc(10), decode };
}

function records(from: number, count: number): ArrivedRecord<string>[] {
  return Array.from({ length: count }, (_, index) => record(from + index));
}

function deliver(handle: (batch: RecordBatch<string>) => Promise<void> | void = () => undefined) {
  const seen: string[] = [];
  const failures: unknown[] = [];
  const resets: TopicReset[] = [];
  const hasRoom = vi.fn<() => void>();
  const handler: RecordHandler<string> = {
    async handle(batch) {
      await handle(batch);
      seen.push(...batch.records.map(({ value }) => value));
    },
    setAside: ({ offset }) => void seen.push(`aside ${offset}`),
    reset: (reset) => {
      resets.push(reset);
      seen.push('reset');
    },
    failed: (error) => void failures.push(error),
  };
  const delivery = new PartitionDelivery({ partition: 7, handler, clock, limits, hasRoom });
  return { delivery, seen, failures, resets, hasRoom };
}

describe('PartitionDelivery', () => {
  it('takes nothing before it is started', async () => {
    const { delivery, seen } = deliver();
    delivery.push(records(0, 2), 2);
    delivery.start(1, 'a');
    delivery.push(records(0, 3), 3);
    await vi.waitFor(() => expect(seen).toEqual(['r1', 'r2']));
  });

  it('drops what it has taken before', async () => {
    const { delivery, seen } = deliver();
    delivery.start(0, 'a');
    delivery.push(records(0, 3), 3);
    delivery.push(records(1, 3), 4);
    await vi.waitFor(() => expect(seen).toEqual(['r0', 'r1', 'r2', 'r3']));
  });

  it('hands over bounded batches, one at a time', async () => {
    const sizes: number[] = [];
    let running = 0;
    const { delivery, seen } = deliver(async (batch) => {
      running += 1;
      sizes.push(batch.records.length);
      await sleep(1);
      expect(running).toBe(1);
      running -= 1;
    });
    delivery.start(0, 'a');
    delivery.push(records(0, 7), 7);
    await vi.waitFor(() => expect(seen).toHaveLength(7));
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('repeats from the first record that is not done', async () => {
    const tried: number[][] = [];
    const { delivery, seen, failures } = deliver((batch) => {
      tried.push(batch.records.map(({ offset }) => offset));
      const [first] = batch.records;
      if (tried.length === 1 && first !== undefined) {
        batch.done(first);
        throw new Error('database away');
      }
    });
    delivery.start(0, 'a');
    delivery.push(records(0, 3), 3);
    await vi.waitFor(() => expect(seen).toEqual(['r1', 'r2']));
    expect(tried).toEqual([
      [0, 1, 2],
      [1, 2],
    ]);
    expect(failures).toEqual([new Error('database away')]);
  });

  it('sets aside, in its place, what cannot be decoded', async () => {
    const { delivery, seen } = deliver();
    delivery.start(0, 'a');
    delivery.push([record(0), record(1, 'broken'), record(2)], 3);
    await vi.waitFor(() => expect(seen).toEqual(['r0', 'aside 1', 'r2']));
  });

  it('holds back what comes while it is paused', async () => {
    const { delivery, seen } = deliver();
    delivery.start(0, 'a');
    delivery.pause();
    delivery.push(records(0, 2), 2);
    await sleep(5);
    expect(seen).toEqual([]);
    delivery.resume();
    await vi.waitFor(() => expect(seen).toEqual(['r0', 'r1']));
  });

  it('says when it is full and when there is room again', async () => {
    const { delivery, seen, hasRoom } = deliver();
    delivery.start(0, 'a');
    delivery.pause();
    delivery.push(records(0, 10), 10);
    expect(delivery.isFull).toBe(true);
    delivery.resume();
    await vi.waitFor(() => expect(seen).toHaveLength(10));
    expect(hasRoom).toHaveBeenCalledOnce();
    expect(delivery.isFull).toBe(false);
  });

  it('forgets the oldest that wait, never what is being handled', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { delivery, seen } = deliver(() => promise);
    delivery.start(0, 'a');
    delivery.push(records(0, 2), 2);
    delivery.push(records(2, 12), 14);
    delivery.dropOverflow();
    resolve();
    await vi.waitFor(() => expect(seen.at(-1)).toBe('r13'));
    expect(seen).toEqual(['r0', 'r1', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13']);
  });

  it('tells of a reset between the records before and after it', async () => {
    const { delivery, seen, resets } = deliver();
    delivery.start(5, 'a');
    delivery.pause();
    delivery.push([record(5, 'old')], 6);
    delivery.reset(0, 'b');
    delivery.push([record(0, 'new')], 1);
    delivery.resume();
    await vi.waitFor(() => expect(seen).toEqual(['old', 'reset', 'new']));
    expect(resets).toEqual([{ partition: 7, incarnation: 'b', expectedOffset: 6, nextOffset: 0 }]);
  });

  it('shows how far it is', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { delivery, seen } = deliver(() => promise);
    expect(delivery.lag()).toBeUndefined();
    delivery.start(2, 'a');
    delivery.push(records(2, 3), 9);
    expect(delivery.lag()).toEqual({ partition: 7, position: 2, highWatermark: 9, queuedBytes: 30, oldestAgeMs: 100 });
    resolve();
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    expect(delivery.lag()).toEqual({ partition: 7, position: 5, highWatermark: 9, queuedBytes: 0, oldestAgeMs: 0 });
  });

  it('stops after the running call, whose signal it aborts', async () => {
    const { delivery, seen } = deliver(async ({ signal }) => {
      await clock.delay(60_000, signal);
    });
    delivery.start(0, 'a');
    delivery.push(records(0, 5), 5);
    await delivery.stop();
    expect(seen).toEqual(['r0', 'r1', 'r2']);
    delivery.push(records(5, 1), 6);
    expect(delivery.nextOffset).toBe(5);
  });
});
