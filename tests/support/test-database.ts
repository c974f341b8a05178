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
  await executeOn(server, `create database ${name}`);
  const url = withDatabase(server, name);
  const database = new PostgresDatabase({ url, applicationName: 'plexus test' });
  if (options.isMigrated !== false) {
    await migrateDatabase({ url, areas: ['rooms', 'accounts'] });
    await ensureDeployment(database, options.roomShards ?? 4);
  }
  return {
    url,
    database,
    async drop() {
      await database.close();
      await executeOn(server, `drop database ${name} with (force)`);
    },
  };
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
