import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import { ensureDeployment, readDeployment } from './deployment.ts';
import { findSchemaFault, readSchemaState } from './check-schema.ts';
import { migrateDatabase } from './migrate-database.ts';
import type { Migration } from './read-migrations.ts';
import { readMigrations } from './read-migrations.ts';

const first = migration('20260101T000000Z-one', 'create table one (id int)');
const second = migration('20260102T000000Z-two', 'create table two (id int); insert into two values (7)');
const contraction = { ...migration('20260103T000000Z-three', 'drop table one'), contracts: second.name };
const elsewhere = { ...migration('20260104T000000Z-four', 'create table four (id int)'), area: 'other' };

describe('migrateDatabase', () => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await createTestDatabase({ isMigrated: false });
  });
  afterEach(() => test.drop());

  const migrate = (migrations: Migration[]): Promise<string[]> =>
    migrateDatabase({ url: test.url, areas: ['rooms'], migrations });
  const fault = (migrations: Migration[]): Promise<string | undefined> =>
    findSchemaFault({ url: test.url, areas: ['rooms'], migrations });

  it('applies what is missing, in order, and only what belongs to the areas', async () => {
    expect(await migrate([first])).toEqual([first.name]);
    expect(await migrate([first, second, elsewhere])).toEqual([second.name]);
    expect(await migrate([first, second, elsewhere])).toEqual([]);
    const { rows } = await test.database.query<{ id: number }>('select id from two');
    expect(rows).toEqual([{ id: 7 }]);
  });

  it('applies nothing of a migration that fails', async () => {
    const broken = migration('20260105T000000Z-broken', 'create table three (id int); select 1 / 0');
    await expect(migrate([first, broken])).rejects.toThrow('division by zero');
    const { rows } = await test.database.query(`select to_regclass('one') as one, to_regclass('three') as three`);
    expect(rows).toEqual([{ one: 'one', three: null }]);
  });

  it('refuses a migration that was changed after it had been applied', async () => {
    await migrate([first]);
    await expect(migrate([{ ...first, checksum: 'another' }])).rejects.toThrow('was changed');
  });

  it('applies each migration once when several processes begin at the same time', async () => {
    const applied = await Promise.all([migrate([first, second]), migrate([first, second]), migrate([first, second])]);
    expect(applied.flat().sort()).toEqual([first.name, second.name]);
  });

  it('says what an operator should do where release and database do not fit', async () => {
    expect(await fault([first])).toContain('plexus migrate');
    await migrate([first, second]);
    expect(await fault([first, second])).toBeUndefined();
    expect(await fault([first]), 'an older release runs on an expanded schema').toBeUndefined();
    await migrate([first, second, contraction]);
    expect(await fault([first]), 'it uses what is gone').toContain(contraction.name);
    expect(await fault([first, second]), 'the release before runs beside the one that contracts').toBeUndefined();
    expect(await fault([first, second, contraction])).toBeUndefined();
    const { rows } = await test.database.query('select schema_version, compat_version from schema_versions');
    expect(rows).toEqual([{ schema_version: contraction.name, compat_version: second.name }]);
  });

  it('lists what a database lacks, and what it has that the release does not know', async () => {
    const database = { url: test.url, areas: ['rooms'] };
    expect((await readSchemaState({ ...database, migrations: [first, second] })).missing).toEqual([first, second]);
    await migrate([first, elsewhere, second]);
    expect(await readSchemaState({ ...database, migrations: [first, contraction] })).toEqual({
      missing: [contraction],
      unknown: [second.name],
      tooNew: undefined,
    });
  });

  it('holds up nobody while it waits for a lock, and goes on when it is free', async () => {
    await migrate([first]);
    const reader = await PostgresConnection.open({ url: test.url, applicationName: 'reader' });
    await reader.execute('begin; select * from one');
    const column = migration('20260106T000000Z-column', 'alter table one add column name text');
    const waited: string[] = [];
    const migrating = migrateDatabase({
      url: test.url,
      areas: ['rooms'],
      migrations: [first, column],
      waiting: (name) => waited.push(name),
      lockTimeoutMs: 50,
    });
    await expect.poll(() => waited.length).toBeGreaterThan(1);
    const { rows } = await test.database.query('select count(*)::int as count from one');
    expect(rows, 'who came after it is served').toEqual([{ count: 0 }]);
    await reader.execute('commit');
    expect(await migrating).toEqual([column.name]);
    await reader.close();
  });

  it('gives up in the end where a lock is never free, and leaves nothing behind', async () => {
    await migrate([first]);
    const reader = await PostgresConnection.open({ url: test.url, applicationName: 'reader' });
    await reader.execute('begin; select * from one');
    const column = migration(
      '20260106T000000Z-column',
      'create table five (id int); alter table one add column name text',
    );
    const options = { url: test.url, areas: ['rooms'], migrations: [first, column], lockTimeoutMs: 20, attempts: 2 };
    await expect(migrateDatabase(options)).rejects.toThrow('lock timeout');
    await reader.close();
    const { rows } = await test.database.query(`select to_regclass('five') as five`);
    expect(rows).toEqual([{ five: null }]);
  });

  it('makes an index beside those who write, one statement after the other', async () => {
    const sql =
      '-- Finds them.\ndrop index concurrently if exists found;\ncreate index concurrently found on one (id);\n';
    const index = { ...migration('20260106T000000Z-index', sql), isOutsideTransaction: true };
    expect(await migrate([first, index])).toEqual([first.name, index.name]);
    const { rows } = await test.database.query(`select indisvalid from pg_index where indexrelid = 'found'::regclass`);
    expect(rows).toEqual([{ indisvalid: true }]);
  });

  it('makes the deployment once and refuses another number of shards', async () => {
    await migrateDatabase({ url: test.url, areas: ['rooms', 'accounts'] });
    await expect(readDeployment(test.database)).rejects.toThrow('has not been created');
    expect(await ensureDeployment(test.database, 8)).toEqual({ roomShards: 8, generation: 1 });
    expect(await ensureDeployment(test.database, 8)).toEqual({ roomShards: 8, generation: 1 });
    await expect(ensureDeployment(test.database, 16)).rejects.toThrow('8 room shards');
    const { rows } = await test.database.query('select count(*)::int as count from room_shards');
    expect(rows).toEqual([{ count: 8 }]);
  });
});

describe('the migrations', () => {
  it('name an owner and an area each', async () => {
    const migrations = await readMigrations();
    expect(migrations.length).toBeGreaterThan(3);
    for (const { area } of migrations) expect(['rooms', 'accounts']).toContain(area);
  });
});

function migration(name: string, sql: string): Migration {
  const checksum = `checksum of ${name}`;
  return { name, area: 'rooms', contracts: undefined, isOutsideTransaction: false, sql, checksum };
}
