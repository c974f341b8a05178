import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresExpiredRows } from './postgres-expired-rows.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('removes one-time keys that were given out long ago, and no others', async () => {
  const days: readonly (number | null)[] = [null, 6, 8, 300];
  for (const [upload, age] of days.entries()) {
    await test.database.query(
      `insert into one_time_keys (user_id, device_id, algorithm, key_id, key, upload, claimed_at)
       values ('@alice:one.test', 'GONE', 'signed_curve25519', $1, '{}', $2, now() - $3::int * interval '1 day')`,
      [String(age), upload, age],
    );
  }
  await new PostgresExpiredRows(test.database).removeExpired();
  const { rows } = await test.database.query<{ key_id: string }>('select key_id from one_time_keys order by upload');
  expect(rows.map(({ key_id: keyId }) => keyId)).toEqual(['null', '6']);
});
