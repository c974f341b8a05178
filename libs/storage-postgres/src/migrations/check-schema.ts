import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { AppliedMigration } from './applied-migrations.ts';
import { listApplied } from './applied-migrations.ts';
import type { MigrateOptions } from './migrate-database.ts';
import type { Migration } from './read-migrations.ts';
import { readMigrations } from './read-migrations.ts';

/** How a release and a database fit. */
export interface SchemaState {
  /** What the release knows and the database lacks, in order. */
  readonly missing: readonly Migration[];
  /** What the database has and the release does not know: it was migrated for a newer one. */
  readonly unknown: readonly string[];
  /** A contraction of something that this release still uses. */
  readonly tooNew: string | undefined;
}

/**
 * Whether this release can run on the database: it has all migrations of these areas that the release knows, and none that contracts what
 * the release still uses. Returns nothing if so, else what an operator should do.
 */
export async function findSchemaFault(options: MigrateOptions): Promise<string | undefined> {
  const { missing, tooNew } = await readSchemaState(options);
  if (tooNew !== undefined) return `the database was migrated for newer releases (${tooNew}): run one of them`;
  const [first] = missing;
  return first === undefined ? undefined : `the database lacks ${first.name}: run \`plexus migrate\``;
}

export async function readSchemaState(options: MigrateOptions): Promise<SchemaState> {
  const known = (options.migrations ?? (await readMigrations())).filter(({ area }) => options.areas.includes(area));
  const connection = await PostgresConnection.open({
    url: options.url,
    tls: options.tls,
    applicationName: 'plexus migrate',
  });
  try {
    const applied = await listApplied(connection);
    return stateOf(
      known,
      applied.filter(({ area }) => options.areas.includes(area)),
    );
  } finally {
    await connection.close();
  }
}

function stateOf(known: readonly Migration[], applied: readonly AppliedMigration[]): SchemaState {
  const names = new Set(known.map(({ name }) => name));
  const done = new Set(applied.map(({ name }) => name));
  const unknown = applied.filter(({ name }) => !names.has(name));
  const tooNew = unknown.find(({ is_contraction: isOne, contracts }) => isOne && !names.has(contracts ?? ''));
  return {
    missing: known.filter(({ name }) => !done.has(name)),
    unknown: unknown.map(({ name }) => name),
    tooNew: tooNew?.name,
  };
}
