import type { ConnectionOptions } from 'node:tls';
import { StorageError } from '@plexus/storage';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Migration } from './read-migrations.ts';
import { readMigrations } from './read-migrations.ts';

export interface MigrateOptions {
  readonly url: string;
  readonly tls?: ConnectionOptions | undefined;
  /** Which areas this database holds. */
  readonly areas: readonly string[];
  readonly migrations?: readonly Migration[];
}

/**
 * Applies to a database what it lacks, each migration in a transaction of its own, and returns their names. Concurrent calls wait for each
 * other. Throws where an applied migration's text has changed since.
 *
 * @NOTE Our own runner: migrations are plain SQL, forward only, chosen by area and checksummed; node-pg-migrate has neither areas nor
 * checksums, and its own part of this is about as long.
 */
export async function migrateDatabase(options: MigrateOptions): Promise<string[]> {
  const migrations = options.migrations ?? (await readMigrations());
  const wanted = migrations.filter(({ area }) => options.areas.includes(area));
  const connection = await PostgresConnection.open({
    url: options.url,
    tls: options.tls,
    applicationName: 'plexus migrate',
    answerTimeoutMs: 3_600_000,
  });
  try {
    await connection.execute(`select pg_advisory_lock(${LOCK_KEY})`);
    await connection.execute(CREATE_TABLE);
    return await applyMissing(connection, wanted);
  } finally {
    await connection.close();
  }
}

/**
 * Whether this release can run on the database: it has all migrations of these areas that the release knows, and none that contracts what
 * the release still uses. Returns nothing if so, else what an operator should do.
 */
export async function findSchemaFault(options: MigrateOptions): Promise<string | undefined> {
  const known = (options.migrations ?? (await readMigrations())).filter(({ area }) => options.areas.includes(area));
  const connection = await PostgresConnection.open({
    url: options.url,
    tls: options.tls,
    applicationName: 'plexus migrate',
  });
  try {
    const [table] = await connection.run<{ found: boolean }>(FIND_TABLE);
    const applied = table?.found === true ? await connection.run<AppliedRow>(LIST_APPLIED) : [];
    return faultOf(
      known,
      applied.filter(({ area }) => options.areas.includes(area)),
    );
  } finally {
    await connection.close();
  }
}

interface AppliedRow {
  readonly name: string;
  readonly area: string;
  readonly checksum: string;
  readonly is_contraction: boolean;
}

/** Any number will do, as long as it stays the same. */
const LOCK_KEY = 7_020_391_001;

const CREATE_TABLE = `
  create table if not exists schema_migrations (
    name text primary key,
    area text not null,
    checksum text not null,
    is_contraction boolean not null,
    applied_at timestamptz not null default now()
  );
  -- schema_version: what the database has. compat_version: the oldest release that can run on it knows this migration.
  create or replace view schema_versions as
    select area, max(name) as schema_version, max(name) filter (where is_contraction) as compat_version
    from schema_migrations group by area`;

const FIND_TABLE = { name: 'find-migrations', text: `select to_regclass('schema_migrations') is not null as found` };
const LIST_APPLIED = {
  name: 'list-migrations',
  text: 'select name, area, checksum, is_contraction from schema_migrations order by name',
};
const RECORD = {
  name: 'record-migration',
  text: 'insert into schema_migrations (name, area, checksum, is_contraction) values ($1, $2, $3, $4)',
};

async function applyMissing(connection: PostgresConnection, wanted: readonly Migration[]): Promise<string[]> {
  const applied = new Map((await connection.run<AppliedRow>(LIST_APPLIED)).map((row) => [row.name, row]));
  const missing: string[] = [];
  for (const migration of wanted) {
    const row = applied.get(migration.name);
    if (row === undefined) {
      await apply(connection, migration);
      missing.push(migration.name);
    } else if (row.checksum !== migration.checksum) {
      throw new StorageError(`migration ${migration.name} was changed after it had been applied`);
    }
  }
  return missing;
}

async function apply(connection: PostgresConnection, migration: Migration): Promise<void> {
  await connection.execute('begin');
  await connection.execute(migration.sql);
  await connection.run(RECORD, [migration.name, migration.area, migration.checksum, migration.isContraction]);
  await connection.execute('commit');
}

function faultOf(known: readonly Migration[], applied: readonly AppliedRow[]): string | undefined {
  const names = new Set(known.map(({ name }) => name));
  const tooNew = applied.find((row) => row.is_contraction && !names.has(row.name));
  if (tooNew !== undefined) return `the database was migrated for newer releases (${tooNew.name}): run one of them`;
  const done = new Set(applied.map(({ name }) => name));
  const missing = known.find(({ name }) => !done.has(name));
  return missing === undefined ? undefined : `the database lacks ${missing.name}: run \`plexus migrate\``;
}
