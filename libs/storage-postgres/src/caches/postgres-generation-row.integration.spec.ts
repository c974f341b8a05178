import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresGenerationRow } from './postgres-generation-row.ts';

let test: TestDatabase;
let row: PostgresGenerationRow;

beforeAll(async () => {
  test = await createTestDatabase();
  row = new PostgresGenerationRow(test.database);
});
afterAll(() => test.drop());

async function generation(): Promise<number> {
  return (await row.read())?.generation ?? 0;
}

it('has no home at first, and takes the first that claims it', async () => {
  const first = await generation();
  expect(await row.read()).toMatchObject({ home: undefined, isSettled: false, closedForMs: 0 });
  await row.claim(first, 'one');
  await row.claim(first, 'other');
  expect(await row.read()).toEqual({ generation: first, home: 'one', isSettled: true, closedForMs: 0 });
});

it('is closed for as long as whoever raises it says, and may be given a home meanwhile', async () => {
  const before = await generation();
  await row.raise(60_000);
  const raised = await row.read();
  expect(raised).toMatchObject({ generation: before + 1, home: 'one', isSettled: false });
  expect(raised?.closedForMs).toBeGreaterThan(50_000);
  expect(raised?.closedForMs).toBeLessThanOrEqual(60_000);
  await row.claim(before + 1, 'two');
  await row.claim(before + 1, 'other');
  expect(await row.read()).toMatchObject({ generation: before + 1, home: 'two', isSettled: true });
  await row.raise(0);
  const again = await row.read();
  expect(again).toMatchObject({ generation: before + 2, home: 'two', isSettled: false });
  expect(again?.closedForMs).toBeGreaterThan(50_000);
});

it('does not tell the release before that it has settled while it is closed', async () => {
  await row.raise(60_000);
  await row.claim(await generation(), 'three');
  const { rows } = await test.database.query('select is_settled from cache_generation');
  expect(rows).toEqual([{ is_settled: false }]);
});

it('is raised once by all who see one trouble, and each time by who cannot know', async () => {
  const seen = await generation();
  await Promise.all([row.raise(0, seen), row.raise(0, seen)]);
  expect(await generation()).toBe(seen + 1);
  await Promise.all([row.raise(0), row.raise(0)]);
  expect(await generation()).toBe(seen + 3);
});
