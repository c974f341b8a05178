import { STORED_QUEUES } from '@plexus/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresStoredQueues } from './postgres-stored-queues.ts';

let test: TestDatabase;
let queues: PostgresStoredQueues;

beforeAll(async () => {
  test = await createTestDatabase();
  queues = new PostgresStoredQueues({ rooms: test.database, accounts: test.database });
});
afterAll(() => test.drop());

it('tells of every queue, also of those in which nothing waits', async () => {
  const depths = await queues.readStoredQueues();
  expect(depths.map(({ queue }) => queue).toSorted()).toEqual([...STORED_QUEUES].toSorted());
  expect(depths.every(({ items, oldestSeconds }) => items === 0 && oldestSeconds === undefined)).toBe(true);
});

it('counts what waits, and how long the oldest does', async () => {
  await test.database.query(
    `insert into dead_letters (shard, source, room_id, error, record, set_aside_at)
     values (1, 'federation.pdus', '!a', 'broken', '', now() - interval '90 seconds'), (2, 'federation.pdus', '!b', 'broken', '', now())`,
  );
  await test.database.query(
    `insert into outgoing_edus (shard, origin, destination, key, edu) values (1, 'one.test', 'far.test', 'k', '{}')`,
  );
  const depths = new Map((await queues.readStoredQueues()).map((depth) => [depth.queue, depth]));
  expect(depths.get('dead-letters')?.items).toBe(2);
  expect(depths.get('dead-letters')?.oldestSeconds).toBeGreaterThanOrEqual(90);
  expect(depths.get('outgoing-edus')).toEqual({ queue: 'outgoing-edus', items: 1, oldestSeconds: undefined });
});

it('counts facts about accounts until they are published', async () => {
  await test.database.query(`insert into account_events (partition, position, fact) values (3, 1, '{}'), (3, 2, '{}')`);
  expect(await waitingFacts()).toBe(2);
  await test.database.query('update account_event_publications set published = 2 where partition = 3');
  expect(await waitingFacts()).toBe(0);
});

async function waitingFacts(): Promise<number | undefined> {
  const depths = await queues.readStoredQueues();
  return depths.find(({ queue }) => queue === 'account-events')?.items;
}
