import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresPartialJoins } from './postgres-partial-joins.ts';

const LEASES = { firstMs: 60_000, longestMs: 3_600_000 };
const join = {
  shard: 3,
  roomId: '!room:far.example',
  roomVersion: '10',
  destination: 'one.example',
  server: 'far.example',
  joinEventId: '$join',
};

let test: TestDatabase;
let joins: PostgresPartialJoins;
beforeAll(async () => {
  test = await createTestDatabase();
  joins = new PostgresPartialJoins(test.database);
});
afterAll(() => test.drop());

it('gives a join to one at a time, and to nobody before its lease ends', async () => {
  await joins.storePartialJoin(join);
  const claims = await Promise.all([joins.claimDue(LEASES), joins.claimDue(LEASES)]);
  expect(claims.filter((claim) => claim !== undefined)).toEqual([{ ...join, attempts: 1 }]);
  expect(await joins.claimDue(LEASES)).toBeUndefined();
});

it('gives it again when the lease has ended, until it is removed', async () => {
  await joins.storePartialJoin(join);
  const atOnce = { firstMs: 0, longestMs: 0 };
  expect((await joins.claimDue(atOnce))?.attempts).toBe(1);
  expect((await joins.claimDue(atOnce))?.attempts).toBe(2);
  await joins.removePartialJoin({ ...join, joinEventId: '$earlier' });
  expect((await joins.claimDue(atOnce))?.attempts).toBe(3);
  await joins.removePartialJoin(join);
  expect(await joins.claimDue(atOnce)).toBeUndefined();
});
