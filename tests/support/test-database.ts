import { randomBytes } from 'node:crypto';
import { ensureDeployment, migrateDatabase, PostgresConnection, PostgresDatabase } from '@plexus/storage-postgres';

export interface TestDatabase {
  readonly url: string;
  readonly database: PostgresDatabase;
  /** Closes `database` and removes everything. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  readonly roomShards?: number;
  /** Without it the database is empty. */
  readonly isMigrated?: boolean;
}

/** A database of its own in the Postgres of `PLEXUS_TEST_POSTGRES`, with all areas. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = process.env['PLEXUS_TEST_POSTGRES'];
  if (server === undefined) throw new Error('PLEXUS_TEST_POSTGRES names no Postgres');
  const name = `plexus_${randomBytes(6).toString('hex')}`;
  const isMigrated = options.isMigrated ?? true;
  const url = withDatabase(server, name);
  if (isMigrated) await createMigrated(server, name);
  else await executeOn(server, `create database ${name}`);
  const database = new PostgresDatabase({ url, applicationName: 'plexus test' });
  if (isMigrated) await ensureDeployment(database, options.roomShards ?? 4);
  return {
    url,
    database,
    async drop() {
      await database.close();
      await executeOn(server, `drop database ${name} with (force)`);
    },
  };
}

/**
 * A copy of a database that a run of tests makes once: to apply all migrations takes five times as long. Copying its files takes a third of what it
 * takes to write what is in them to the log.
 */
async function createMigrated(server: string, name: string): Promise<void> {
  const template = process.env['PLEXUS_TEST_TEMPLATE'];
  if (template === undefined) return migrate(server, name);
  await ensureTemplate(server, template);
  await executeOn(server, `create database ${name} template ${template} strategy file_copy`);
}

async function ensureTemplate(server: string, name: string): Promise<void> {
  const connection = await PostgresConnection.open({ url: server, applicationName: 'plexus test' });
  try {
    // One worker makes it, the others wait for it.
    await connection.execute(`select pg_advisory_lock(hashtext('${name}'))`);
    const existing = await connection.query(`select from pg_database where datname = '${name}'`);
    if (existing.rowCount === 0) {
      await migrate(server, `${name}_unfinished`);
      await executeOn(server, `alter database ${name}_unfinished rename to ${name}`);
    }
  } finally {
    await connection.close();
  }
}

async function migrate(server: string, name: string): Promise<void> {
  await executeOn(server, `create database ${name}`);
  await migrateDatabase({ url: withDatabase(server, name), areas: ['rooms', 'accounts'] });
}

/** At the end of a run of tests, which `template` belongs to. */
export async function dropTemplate(server: string, template: string): Promise<void> {
  await executeOn(server, `drop database if exists ${template}`);
}

async function executeOn(server: string, text: string): Promise<void> {
  const connection = await PostgresConnection.open({ url: server, applicationName: 'plexus test' });
  try {
    await connection.execute(text);
  } finally {
    await connection.close();
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}
