import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresDatabase } from './postgres-database.ts';

const roles = ['first', 'second'].map((name) => `${name}_${randomBytes(6).toString('hex')}`);
const WHO = { name: 'who', text: 'select current_user as name, pg_backend_pid() as pid' };

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase({ isMigrated: false });
  for (const role of roles) await test.database.query(`create role ${role} login`);
});
afterAll(async () => {
  for (const role of roles) await test.database.query(`drop role ${role}`);
  await test.drop();
});

it('opens each connection with the login that its URL has by then', async () => {
  let user = roles[0] ?? '';
  const url = (): string => Object.assign(new URL(test.url), { username: user }).toString();
  const database = new PostgresDatabase({ url, applicationName: 'test', sharedConnections: 1 });
  const [before] = await database.run<{ name: string; pid: number }>(WHO);
  user = roles[1] ?? '';
  // One that stands goes on.
  expect(await database.run(WHO)).toEqual([before]);
  await test.database.query('select pg_terminate_backend($1)', [before?.pid]);
  await expect
    .poll(() =>
      database.run<{ name: string }>(WHO).then(
        ([row]) => row?.name,
        () => 'broken',
      ),
    )
    .toBe(user);
  await database.close();
});
