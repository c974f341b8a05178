import type { EarlyReceipt } from '@plexus/storage';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresEarlyReceipts } from './postgres-early-receipts.ts';

const MINUTE = 60_000;

describe('PostgresEarlyReceipts', () => {
  let test: TestDatabase;
  let early: PostgresEarlyReceipts;
  beforeAll(async () => {
    test = await createTestDatabase();
    early = new PostgresEarlyReceipts(test.database);
  });
  beforeEach(() => test.database.query('delete from early_receipts'));
  afterAll(() => test.drop());

  it('are whose they are for as long as they were kept for', async () => {
    await early.storeEarly([receipt('$a'), receipt('$t', '$thread')], MINUTE);
    expect(await early.takeAbandoned(10, MINUTE)).toEqual([]);
    await early.storeEarly([receipt('$a'), receipt('$t', '$thread')], -1);
    const taken = await early.takeAbandoned(10, MINUTE);
    expect(taken.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1))).toEqual([
      receipt('$a'),
      receipt('$t', '$thread'),
    ]);
    expect(await early.takeAbandoned(10, MINUTE)).toEqual([]);
  });

  it('are replaced by later ones of their thread, and not removed with earlier ones', async () => {
    await early.storeEarly([receipt('$a'), receipt('$b')], -1);
    await early.removeEarly([receipt('$a')]);
    expect(await early.takeAbandoned(10, -1)).toEqual([receipt('$b')]);
    await early.removeEarly([receipt('$b')]);
    expect(await early.takeAbandoned(10, MINUTE)).toEqual([]);
  });

  it('are taken by one of several', async () => {
    const many = Array.from({ length: 50 }, (_, index) => receipt('$a', `$${index}`));
    await early.storeEarly(many, -1);
    const taken = await Promise.all([1, 2, 3, 4].map(() => early.takeAbandoned(20, MINUTE)));
    const threads = taken.flat().map(({ threadId }) => threadId);
    expect(new Set(threads).size).toBe(threads.length);
    const rest = await early.takeAbandoned(50, MINUTE);
    expect(threads.length + rest.length).toBe(50);
  });
});

function receipt(eventId: string, threadId = ''): EarlyReceipt {
  const place = { roomId: '!room:far.example', userId: '@bob:far.example', origin: 'far.example' };
  return { ...place, threadId, eventId, setAt: 1_700_000_000_000 };
}
