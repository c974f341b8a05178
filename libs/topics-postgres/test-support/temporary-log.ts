import { readFile } from 'node:fs/promises';
import { Pool } from 'pg';
import type { LogDatabase } from '../src/log-database.ts';

const migration = new URL(
  '../../storage-postgres/migrations/20260101T000500Z-create-topic-records.sql',
  import.meta.url,
);

export interface TemporaryLog {
  readonly database: LogDatabase;
  readonly pool: Pool;
  drop(): Promise<void>;
}

/** A schema of its own with the tables of topics, in the Postgres that PLEXUS_TEST_POSTGRES names. */
export async function openTemporaryLog(): Promise<TemporaryLog> {
  const url = process.env['PLEXUS_TEST_POSTGRES'];
  if (url === undefined) throw new Error('PLEXUS_TEST_POSTGRES is not set');
  const schema = `topics_${crypto.randomUUID().replaceAll('-', '')}`;
  const pool = new Pool({ connectionString: url, options: `-c search_path=${schema}`, max: 4 });
  await pool.query(`create schema ${schema}`);
  await pool.query(await readFile(migration, 'utf8'));
  return {
    pool,
    database: { run: async (statement, values = []) => (await pool.query({ ...statement, values: [...values] })).rows },
    async drop() {
      await pool.query(`drop schema ${schema} cascade`);
      await pool.end();
    },
  };
}
