import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresOutboundPositions } from './postgres-outbound-positions.ts';

let test: TestDatabase;
let positions: PostgresOutboundPositions;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.database.query('delete from outbound_positions');
  positions = new PostgresOutboundPositions(test.database);
});

function store(
  ...places: readonly (readonly [shard: number, generation: number, position: number])[]
): Promise<void[]> {
  return Promise.all(
    places.map(([shard, generation, position]) => positions.storeOutboundPosition(shard, { generation, position })),
  );
}

/** How many transactions the stored rows are of. */
async function countTransactions(): Promise<number> {
  const { rows } = await test.database.query<{ count: number }>(
    'select count(distinct xmin::text)::int as count from outbound_positions',
  );
  return rows[0]?.count ?? 0;
}

it('stores the places of many shards of one moment in one transaction, and those of the next in another', async () => {
  await store([2, 1, 20], [0, 1, 5], [1, 1, 10]);
  expect([...(await positions.readOutboundPositions())].sort()).toEqual([
    [0, { generation: 1, position: 5 }],
    [1, { generation: 1, position: 10 }],
    [2, { generation: 1, position: 20 }],
  ]);
  expect(await countTransactions()).toBe(1);
  await store([1, 1, 11]);
  expect(await countTransactions()).toBe(2);
});

it('goes back neither within one moment nor later, but in a new generation', async () => {
  await store([0, 1, 7], [0, 1, 9], [0, 1, 8]);
  await store([0, 1, 6]);
  expect(await positions.readOutboundPositions()).toEqual(new Map([[0, { generation: 1, position: 9 }]]));
  await store([0, 1, 10], [0, 2, 3]);
  await store([0, 1, 11]);
  expect(await positions.readOutboundPositions()).toEqual(new Map([[0, { generation: 2, position: 3 }]]));
});

it('tells everybody whose place could not be stored', async () => {
  const outcomes = await Promise.allSettled([
    positions.storeOutboundPosition(0, { generation: 1, position: 1 }),
    positions.storeOutboundPosition(1, { generation: 1, position: 2 ** 70 }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await store([0, 1, 1]);
  expect((await positions.readOutboundPositions()).size).toBe(1);
});
