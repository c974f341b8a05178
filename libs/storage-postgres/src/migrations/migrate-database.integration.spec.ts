import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { ensureDeployment, readDeployment } from './deployment.ts';
import { findSchemaFault, migrateDatabase } from './migrate-database.ts';
import type { Migration } from './read-migrations.ts';
import { readMigrations } from './read-migrations.ts';

const first = migration('20260101T000000Z-one', 'create table one (id int)');
const second = migration('20260102T000000Z-two', 'create table two (id int); insert into two values (7)');
const contraction = { ...migration('20260103T000000Z-three', 'drop table one'), isContraction: true };
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
    expect(await fault([first, second])).toContain(contraction.name);
    expect(await fault([first, second, contraction])).toBeUndefined();
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
  return { name, area: 'rooms', isContraction: false, sql, checksum: `checksum of ${name}` };
}
