import { StorageError } from '@plexus/storage';
import type { AreaUrls } from '../generation/raise-generation.ts';
import { raiseGeneration } from '../generation/raise-generation.ts';
import { migrateDatabase } from '../migrations/migrate-database.ts';
import { readMigrations } from '../migrations/read-migrations.ts';
import type { Migration } from '../migrations/read-migrations.ts';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { BackedUpTable, BackupManifest } from './backup-manifest.ts';
import { readManifest, readRows } from './backup-manifest.ts';

export interface RestoreOptions {
  /** Of empty databases. */
  readonly urls: AreaUrls;
  readonly folder: string;
  /** Told of each table when it is read. */
  readonly restored?: (table: BackedUpTable) => void;
}

export interface RestoredDeployment {
  readonly manifest: BackupManifest;
  /** In which it goes on. */
  readonly generation: number;
}

const BATCH_BYTES = 1024 * 1024;
const ANSWER_MS = 3_600_000;

/**
 * Brings a deployment back from a backup, into empty databases; nothing else may use them meanwhile. The deployment's row comes last: before
 * it is there no service starts. Clients are told everything again, since what the backup lacks may have been told before.
 *
 * @NOTE Whoever connects first begins the generation, if this process dies before it does so itself. After a crash before that the databases are neither empty nor a deployment: they are to be made anew.
 */
export async function restoreBackup({ urls, folder, restored }: RestoreOptions): Promise<RestoredDeployment> {
  const manifest = await readManifest(folder);
  const migrations = await migrationsOf(manifest);
  for (const url of new Set([urls.accounts, urls.rooms])) await checkEmpty(url, urls);
  for (const url of new Set([urls.accounts, urls.rooms])) {
    const areas = areasAt(url, urls);
    await migrateDatabase({ url, tls: urls.tls, areas, migrations });
    await fillDatabase(url, { urls, manifest, folder, areas, restored });
  }
  for (const url of new Set([urls.accounts, urls.rooms]))
    await migrateDatabase({ url, tls: urls.tls, areas: areasAt(url, urls) });
  return { manifest, generation: await raiseGeneration({ urls }) };
}

function areasAt(url: string, { rooms, accounts }: AreaUrls): string[] {
  return [...(url === accounts ? ['accounts'] : []), ...(url === rooms ? ['rooms'] : [])];
}

/** Those that the backup's databases had: tables must be as they were before rows go into them. */
async function migrationsOf({ migrations }: BackupManifest): Promise<Migration[]> {
  const known = await readMigrations();
  const unknown = migrations.find((name) => known.every((migration) => migration.name !== name));
  if (unknown !== undefined)
    throw new StorageError(`the backup was made by a later release, which has ${unknown}: restore it with that one`);
  return known.filter(({ name }) => migrations.includes(name));
}

async function checkEmpty(url: string, urls: AreaUrls): Promise<void> {
  const connection = await open(url, urls);
  try {
    const { rows } = await connection.query(COUNT_TABLES);
    if (rows.length > 0) throw new StorageError('a backup is restored into empty databases, and this one has tables');
  } finally {
    await connection.close();
  }
}

interface Filling extends Pick<RestoreOptions, 'urls' | 'folder'> {
  readonly restored: RestoreOptions['restored'] | undefined;
  readonly manifest: BackupManifest;
  readonly areas: readonly string[];
}

/** All rows of the areas in one transaction. */
async function fillDatabase(url: string, { urls, manifest, folder, areas, restored }: Filling): Promise<void> {
  const connection = await open(url, urls);
  try {
    await connection.execute('begin');
    const tables = manifest.tables.filter(({ area }) => areas.includes(area));
    for (const table of tables) {
      await connection.execute(`alter table "${table.name}" disable trigger user; delete from "${table.name}"`);
      await insertRows(connection, table.name, readRows(folder, table));
      await connection.execute(`alter table "${table.name}" enable trigger user`);
      restored?.(table);
    }
    const names = new Set(tables.map(({ name }) => name));
    for (const { table, column, lastValue } of manifest.sequences)
      if (names.has(table)) await connection.query(SET_SEQUENCE, [`"${table}"`, column, lastValue]);
    if (areas.includes('rooms')) await connection.query('select settle_restored($1)', [[...manifest.projected]]);
    await connection.execute('commit');
    await connection.execute('analyze');
  } finally {
    await connection.close();
  }
}

/** Inserts lines of JSON, each a row of the table; those that are there already may be kept. */
export async function insertRows(
  connection: PostgresConnection,
  table: string,
  lines: AsyncIterable<string>,
  { keepsExisting = false }: { readonly keepsExisting?: boolean } = {},
): Promise<number> {
  const insert = `insert into "${table}" overriding system value
    select * from json_populate_recordset(null::"${table}", $1::json) ${keepsExisting ? 'on conflict do nothing' : ''}`;
  let inserted = 0;
  let batch: string[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) inserted += (await connection.query(insert, [`[${batch.join(',')}]`])).rowCount ?? 0;
    [batch, bytes] = [[], 0];
  };
  for await (const line of lines) {
    batch.push(line);
    bytes += line.length;
    if (bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  return inserted;
}

function open(url: string, { tls }: AreaUrls): Promise<PostgresConnection> {
  return PostgresConnection.open({ url, tls, applicationName: 'plexus restore', answerTimeoutMs: ANSWER_MS });
}

const COUNT_TABLES = `select 1 from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace limit 1`;
const SET_SEQUENCE = 'select setval(pg_get_serial_sequence($1, $2), $3)';
