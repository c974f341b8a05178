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

async function storeRoom(partialJoinNid: number | null): Promise<void> {
  await test.database.query(
    `insert into rooms (shard, room_nid, room_id, room_version, current_root, forward_extremities, depth, topological_position,
       partial_join_nid) values (3, 1, $1, '10', 0, '{}', 0, 0, $2)
     on conflict (shard, room_nid) do update set partial_join_nid = excluded.partial_join_nid`,
    [join.roomId, partialJoinNid],
  );
}

it('leaves a join alone whose room has not come yet, unless that takes longer than a claim', async () => {
  await joins.storePartialJoin(join);
  expect(await joins.claimDue(LEASES)).toBeUndefined();
  await storeRoom(null);
  expect(await joins.claimDue(LEASES)).toBeUndefined();
  await test.database.query(`update partial_joins set due_at = now() - interval '60 seconds'`);
  expect(await joins.claimDue(LEASES)).toEqual({ ...join, attempts: 1 });
});

it('gives a join to one at a time, and to nobody before its lease ends', async () => {
  await storeRoom(17);
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
