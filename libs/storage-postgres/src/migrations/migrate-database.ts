import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { StorageError } from '@plexus/storage';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import { sqlStateOf } from '../postgres/postgres-errors.ts';
import type { AppliedMigration } from './applied-migrations.ts';
import { CREATE_APPLIED_MIGRATIONS, listApplied, RECORD_MIGRATION } from './applied-migrations.ts';
import type { Migration } from './read-migrations.ts';
import { readMigrations } from './read-migrations.ts';

export interface MigrateOptions {
  readonly url: string;
  readonly tls?: ConnectionOptions | undefined;
  /** Which areas this database holds. */
  readonly areas: readonly string[];
  readonly migrations?: readonly Migration[];
  /** Told when a migration has to wait for others, before it is tried again. */
  readonly waiting?: (migration: string) => void;
  /** How long a migration waits for a lock that others have, before it lets them pass and tries again. */
  readonly lockTimeoutMs?: number;
  /** How often it is tried again. */
  readonly attempts?: number;
}

/**
 * Applies to a database what it lacks, each migration in a transaction of its own, and returns their names. Concurrent calls wait for each
 * other. Throws where an applied migration's text has changed since.
 *
 * A statement that waits for a lock on a table holds up everybody who comes for the table after it. So a migration waits for a moment only,
 * lets the others pass and comes back: services that run meanwhile go on.
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
    await connection.execute(CREATE_APPLIED_MIGRATIONS);
    const missing = missingOf(wanted, await listApplied(connection));
    for (const migration of missing) await applyPatiently(connection, migration, options);
    return missing.map(({ name }) => name);
  } finally {
    await connection.close();
  }
}

/** Any number will do, as long as it stays the same. */
const LOCK_KEY = 7_020_391_001;
const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_TIMEOUT_MS = 2_000;
const ATTEMPTS = 150;
const PAUSE_MS = 2_000;

function missingOf(wanted: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const rows = new Map(applied.map((row) => [row.name, row]));
  const changed = wanted.find(({ name, checksum }) => rows.has(name) && rows.get(name)?.checksum !== checksum);
  if (changed !== undefined) throw new StorageError(`migration ${changed.name} was changed after it had been applied`);
  return wanted.filter(({ name }) => !rows.has(name));
}

async function applyPatiently(
  connection: PostgresConnection,
  migration: Migration,
  { waiting, lockTimeoutMs = LOCK_TIMEOUT_MS, attempts = ATTEMPTS }: MigrateOptions,
): Promise<void> {
  const apply = migration.isOutsideTransaction ? applyOneByOne : applyAtOnce;
  for (let left = attempts; ; left -= 1) {
    try {
      return await apply(connection, migration, lockTimeoutMs);
    } catch (error) {
      if (left <= 1 || !isLocked(error)) throw error;
      waiting?.(migration.name);
      await delay(Math.min(PAUSE_MS, lockTimeoutMs));
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof StorageError && sqlStateOf(error.cause) === LOCK_NOT_AVAILABLE;
}

async function applyAtOnce(connection: PostgresConnection, migration: Migration, lockTimeoutMs: number): Promise<void> {
  await connection.execute('begin');
  try {
    await connection.execute(`set local lock_timeout = ${lockTimeoutMs}`);
    await connection.execute(migration.sql);
    await record(connection, migration);
    await connection.execute('commit');
  } catch (error) {
    if (isLocked(error)) await connection.execute('rollback');
    throw error;
  }
}

/** @NOTE What is made concurrently waits for older transactions without holding anybody up, so it may take its time. */
async function applyOneByOne(connection: PostgresConnection, migration: Migration): Promise<void> {
  for (const statement of migration.sql.split(/;\s*$/m)) {
    if (statement.trim() !== '') await connection.execute(statement);
  }
  await record(connection, migration);
}

async function record(connection: PostgresConnection, migration: Migration): Promise<void> {
  const { name, area, checksum, contracts } = migration;
  await connection.run(RECORD_MIGRATION, [name, area, checksum, contracts !== undefined, contracts ?? null]);
}
