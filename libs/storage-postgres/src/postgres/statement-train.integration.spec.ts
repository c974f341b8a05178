import { DatabaseError } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { int8Array } from './binary-arrays.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import type { BoundStatement, Parameter, Statement } from './statement.ts';

const BEGIN: Statement = { name: 'begin', text: 'begin' };
const COMMIT: Statement = { name: 'commit', text: 'commit' };
const ADD: Statement = {
  name: 'add',
  text: 'insert into kept select $1::text, unnest($2::bigint[]), $3::boolean returning number',
};
const COUNT: Statement = { name: 'count', text: 'select count(*) from kept' };

let test: TestDatabase;
let connection: PostgresConnection;
beforeEach(async () => {
  test = await createTestDatabase({ isMigrated: false });
  connection = await test.database.openConnection();
  await connection.execute('create table kept (name text, number bigint primary key, is_odd boolean)');
  await connection.run(BEGIN);
  await connection.run(ADD, ['first', int8Array([1]), true]);
  await connection.run(COMMIT);
});
afterEach(async () => {
  await connection.close();
  await test.drop();
});

function bound(statement: Statement, ...values: Parameter[]): BoundStatement {
  return { statement, values };
}

async function kept(): Promise<unknown[]> {
  const { rows } = await test.database.query('select name, number, is_odd from kept order by number');
  return rows.map((row) => Object.values(row));
}

it('runs prepared statements in one transaction, whatever their values', async () => {
  const train = [
    bound(BEGIN),
    bound(ADD, 'two', int8Array([2, 4]), false),
    bound(ADD, null, int8Array([5]), undefined),
    bound(COMMIT),
  ];
  expect(connection.hasPrepared(train)).toBe(true);
  await connection.sendTrain(train);
  expect(await kept()).toEqual([
    ['first', 1, true],
    ['two', 2, false],
    ['two', 4, false],
    [null, 5, null],
  ]);
});

it('runs nothing behind an error, which is the one that Postgres gave', async () => {
  const train = [
    bound(BEGIN),
    bound(ADD, 'two', int8Array([2]), false),
    bound(ADD, 'again', int8Array([1]), true),
    bound(ADD, 'three', int8Array([3]), true),
    bound(COMMIT),
  ];
  const error = await connection.sendTrain(train).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(DatabaseError);
  expect(error).toMatchObject({ code: '23505', constraint: 'kept_pkey' });
  await connection.execute('rollback');
  expect(await kept()).toEqual([['first', 1, true]]);
  await connection.sendTrain([bound(BEGIN), bound(ADD, 'three', int8Array([3]), true), bound(COMMIT)]);
  expect(await kept()).toHaveLength(2);
});

it('keeps the order of what is sent before and after it', async () => {
  const [before, , after] = await Promise.all([
    connection.run<{ count: number }>(COUNT),
    connection.sendTrain([bound(BEGIN), bound(ADD, 'two', int8Array([2]), false), bound(COMMIT)]),
    connection.run<{ count: number }>(COUNT),
  ]);
  expect([before, after]).toEqual([[{ count: 1 }], [{ count: 2 }]]);
});

it('says what is not prepared here yet, and fails with its connection', async () => {
  expect(connection.hasPrepared([bound(COUNT)])).toBe(false);
  const sent = connection.sendTrain([bound(BEGIN), bound(ADD, 'two', int8Array([2]), false)]);
  connection.destroy(new Error('cut'));
  await expect(sent).rejects.toThrow('terminated');
  await expect(connection.sendTrain([bound(BEGIN)])).rejects.toThrow('broken');
});
