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
  expect(await row.read()).toMatchObject({ home: undefined, isSettled: false, isOpen: true });
  await row.claim(first, 'one');
  await row.claim(first, 'other');
  expect(await row.read()).toEqual({ generation: first, home: 'one', isSettled: true, isOpen: true });
});

it('is closed, without a home, for as long as whoever raises it says', async () => {
  const before = await generation();
  await row.raise(60_000);
  await row.claim(before + 1, 'too early');
  expect(await row.read()).toEqual({ generation: before + 1, home: 'one', isSettled: false, isOpen: false });
  await row.raise(0);
  expect(await row.read()).toMatchObject({ generation: before + 2, isOpen: false });
});

it('is raised once by all who see one trouble, and each time by who cannot know', async () => {
  const seen = await generation();
  await Promise.all([row.raise(0, seen), row.raise(0, seen)]);
  expect(await generation()).toBe(seen + 1);
  await Promise.all([row.raise(0), row.raise(0)]);
  expect(await generation()).toBe(seen + 3);
});
