import type { PostgresConnection } from '../postgres/postgres-connection.ts';

/** What a database says of a migration that it has. */
export interface AppliedMigration {
  readonly name: string;
  readonly area: string;
  readonly checksum: string;
  readonly is_contraction: boolean;
  /** Of a contraction: who knows this earlier migration does not use what is gone. */
  readonly contracts: string | null;
}

export const CREATE_APPLIED_MIGRATIONS = `
  create table if not exists schema_migrations (
    name text primary key,
    area text not null,
    checksum text not null,
    is_contraction boolean not null,
    applied_at timestamptz not null default now()
  );
  alter table schema_migrations add column if not exists contracts text;
  -- schema_version: what the database has. compat_version: the oldest release that can run on it knows this migration.
  create or replace view schema_versions as
    select area, max(name) as schema_version, max(coalesce(contracts, name)) filter (where is_contraction) as compat_version
    from schema_migrations group by area`;

export const RECORD_MIGRATION = {
  name: 'record-migration',
  text: `insert into schema_migrations (name, area, checksum, is_contraction, contracts) values ($1, $2, $3, $4, $5)`,
};

/** The migrations that a database has, in order; none where it has never been migrated. */
export async function listApplied(connection: PostgresConnection): Promise<AppliedMigration[]> {
  const [table] = await connection.run<{ found: boolean }>(FIND_TABLE);
  return table?.found === true ? connection.run<AppliedMigration>(LIST_APPLIED) : [];
}

const FIND_TABLE = { name: 'find-migrations', text: `select to_regclass('schema_migrations') is not null as found` };

/** @NOTE The column came later than the table: a release may look before the migrations of its time have run. */
const LIST_APPLIED = {
  name: 'list-migrations',
  text: `select name, area, checksum, is_contraction, to_jsonb(m) ->> 'contracts' as contracts
         from schema_migrations m order by name`,
};
