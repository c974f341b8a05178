import type { AppserviceQueueRecord, AppserviceTransactionRecord } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { applyOrder } from './apply-order.ts';

const QUEUE: AppserviceQueueRecord = {
  appserviceId: 'irc',
  shard: 0,
  version: 3,
  takenSeq: 20,
  isPaused: false,
  failures: 4,
  dueInMs: 16_000,
  failingSince: 1,
  lastError: 'connect',
  lastSentAt: 1,
};
const OPEN: AppserviceTransactionRecord = {
  appserviceId: 'irc',
  transactionId: 't',
  afterSeq: 10,
  upToSeq: 20,
  events: 10,
  ephemeral: 0,
  toDevice: 0,
  body: Buffer.alloc(0),
};

describe('applyOrder', () => {
  it('pauses, and keeps the rest', () => {
    expect(applyOrder(QUEUE, OPEN, { kind: 'pause' })).toEqual({
      queue: { ...QUEUE, isPaused: true },
      givesUpOpen: false,
    });
  });

  it('resumes at once, without what went wrong before', () => {
    const { queue } = applyOrder({ ...QUEUE, isPaused: true }, OPEN, { kind: 'resume' });
    expect(queue).toMatchObject({ isPaused: false, failures: 0, dueInMs: undefined, lastError: undefined });
  });

  it.each([
    [5, 20, false],
    [10, 20, false],
    [15, 20, true],
    [20, 20, true],
    [40, 40, true],
  ])('skips up to %i', (upToSeq, takenSeq, givesUpOpen) => {
    const applied = applyOrder(QUEUE, OPEN, { kind: 'skip', upToSeq });
    expect([applied.queue.takenSeq, applied.givesUpOpen]).toEqual([takenSeq, givesUpOpen]);
  });

  it('skips nothing that is skipped already', () => {
    expect(applyOrder(QUEUE, undefined, { kind: 'skip', upToSeq: 5 }).queue.takenSeq).toBe(20);
  });

  it('goes back to an item, whose transaction is another one then', () => {
    const applied = applyOrder(QUEUE, OPEN, { kind: 'replay', fromSeq: 4 });
    expect([applied.queue.takenSeq, applied.givesUpOpen]).toEqual([3, true]);
    expect(applyOrder(QUEUE, undefined, { kind: 'replay', fromSeq: 0 }).queue.takenSeq).toBe(0);
  });
});
