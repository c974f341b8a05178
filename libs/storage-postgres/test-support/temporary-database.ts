import { randomUUID } from 'node:crypto';
import { ensureDeployment } from '../src/migrations/deployment.ts';
import { migrateDatabase } from '../src/migrations/migrate-database.ts';
import { PostgresConnection } from '../src/postgres/postgres-connection.ts';
import { PostgresDatabase } from '../src/postgres/postgres-database.ts';

export interface TemporaryDatabase {
  readonly url: string;
  readonly database: PostgresDatabase;
  /** Closes the connections and drops the database. */
  drop(): Promise<void>;
}

/** A database of its own with all tables, in the Postgres that PLEXUS_TEST_POSTGRES names. */
export async function openTemporaryDatabase(roomShards = 4): Promise<TemporaryDatabase> {
  const temporary = await createEmptyDatabase();
  await migrateDatabase({ url: temporary.url, areas: ['rooms', 'accounts'] });
  await ensureDeployment(temporary.database, roomShards);
  return temporary;
}

/** The same without tables. */
export async function createEmptyDatabase(): Promise<TemporaryDatabase> {
  const server = process.env['PLEXUS_TEST_POSTGRES'];
  if (server === undefined) throw new Error('PLEXUS_TEST_POSTGRES is not set');
  const name = `plexus_test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await runOn(server, `create database ${name}`);
  const database = new PostgresDatabase({ url: url.href, applicationName: 'plexus test' });
  return {
    url: url.href,
    database,
    drop: async () => {
      await database.close();
      await runOn(server, `drop database ${name} with (force)`);
    },
  };
}

async function runOn(server: string, statement: string): Promise<void> {
  const connection = await PostgresConnection.open({ url: server, applicationName: 'plexus test' });
  await connection.execute(statement);
  await connection.close();
}
