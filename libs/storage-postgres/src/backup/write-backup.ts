import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { StorageError } from '@plexus/storage';
import type { AreaUrls } from '../generation/raise-generation.ts';
import { readMigrations } from '../migrations/read-migrations.ts';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';
import { BACKUP_FORMAT, fileOf, MANIFEST } from './backup-manifest.ts';
import type { BackedUpSequence, BackedUpTable, BackupManifest } from './backup-manifest.ts';

export interface BackupOptions {
  readonly urls: AreaUrls;
  /** Made if it is not there; it must be empty. */
  readonly folder: string;
  /** Told of each table when it is written. */
  readonly written?: (table: BackedUpTable) => void;
}

const ROWS_AT_ONCE = 500;
const ANSWER_MS = 3_600_000;

/**
 * Writes everything that is in the databases to a folder, as of one moment, while the deployment runs. Where the areas are two databases these are
 * two moments, accounts first: memberships that are missing there are projected again after a restore.
 */
export async function writeBackup({ urls, folder, written }: BackupOptions): Promise<BackupManifest> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new StorageError(`${folder} is not empty: a backup needs a folder of its own`);
  const areaOf = await tableAreas();
  const rooms = await open(urls.rooms, urls);
  const accounts = urls.accounts === urls.rooms ? rooms : await open(urls.accounts, urls);
  try {
    const projected = await rooms.run<{ projected: number }>(READ_PROJECTED);
    const tables: BackedUpTable[] = [];
    const sequences: BackedUpSequence[] = [];
    const migrations: string[] = [];
    for (const connection of new Set([accounts, rooms])) {
      await connection.execute('begin isolation level repeatable read read only');
      migrations.push(...(await connection.run<{ name: string }>(LIST_MIGRATIONS)).map(({ name }) => name));
      sequences.push(...(await connection.run<BackedUpSequence>(LIST_SEQUENCES)));
      for (const { name } of await connection.run<{ name: string }>(LIST_TABLES)) {
        const area = areaOf.get(name);
        if (area === undefined) continue;
        const table = await writeTable(connection, { name, area }, folder);
        tables.push(table);
        written?.(table);
      }
    }
    const [deployment] = await rooms.run<{ room_shards: number; generation: number }>(READ_DEPLOYMENT);
    if (deployment === undefined)
      throw new StorageError('the deployment has not been created: there is nothing to back up');
    const manifest: BackupManifest = {
      format: BACKUP_FORMAT,
      createdAt: new Date().toISOString(),
      roomShards: deployment.room_shards,
      generation: deployment.generation,
      projected: projected.map((row) => row.projected),
      migrations: migrations.toSorted(),
      tables,
      sequences,
    };
    await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
    return manifest;
  } finally {
    await rooms.close();
    await accounts.close();
  }
}

/** The area of each table that migrations create. */
export async function tableAreas(): Promise<ReadonlyMap<string, string>> {
  const migrations = await readMigrations();
  return new Map(
    migrations.flatMap(({ sql, area }) => {
      return [...sql.matchAll(/^create table (?:if not exists )?(\w+)/gim)].map(
        ([, name = '']) => [name, area] as const,
      );
    }),
  );
}

function open(url: string, { tls }: AreaUrls): Promise<PostgresConnection> {
  return PostgresConnection.open({ url, tls, applicationName: 'plexus backup', answerTimeoutMs: ANSWER_MS });
}

async function writeTable(
  connection: PostgresConnection,
  { name, area }: Pick<BackedUpTable, 'name' | 'area'>,
  folder: string,
): Promise<BackedUpTable> {
  const hash = createHash('sha256');
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const line of readTable(connection, name)) {
      hash.update(line);
      rows += 1;
      yield line;
    }
  }
  const file = createWriteStream(join(folder, fileOf({ name })), { flush: true });
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), file);
  return { name, area, rows, sha256: hash.digest('hex') };
}

/** @NOTE JSON as Postgres writes it, which it reads again without a loss: no number of it goes through ours. */
async function* readTable(connection: PostgresConnection, name: string): AsyncGenerator<string> {
  await connection.execute(`declare backup no scroll cursor for select row_to_json(t)::text as line from "${name}" t`);
  for (;;) {
    const { rows } = await connection.query<{ line: string }>(`fetch ${ROWS_AT_ONCE} from backup`);
    for (const { line } of rows) yield `${line}\n`;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await connection.execute('close backup');
}

const READ_PROJECTED: Statement = {
  name: 'backup-projected',
  text: 'select projected from room_shards order by shard',
};
const READ_DEPLOYMENT: Statement = {
  name: 'backup-deployment',
  text: 'select room_shards, generation from deployment',
};
const LIST_MIGRATIONS: Statement = { name: 'backup-migrations', text: 'select name from schema_migrations' };
const LIST_TABLES: Statement = {
  name: 'backup-tables',
  text: `select c.relname::text as name from pg_class c
         where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace order by 1`,
};
const LIST_SEQUENCES: Statement = {
  name: 'backup-sequences',
  text: `select c.relname::text as "table", a.attname::text as "column", s.last_value as "lastValue"
         from pg_attribute a join pg_class c on c.oid = a.attrelid
         join pg_depend d on d.refobjid = c.oid and d.refobjsubid = a.attnum and d.classid = 'pg_class'::regclass
           and d.deptype = 'i'
         join pg_class q on q.oid = d.objid and q.relkind = 'S'
         join pg_sequences s on s.sequencename = q.relname and s.schemaname = current_schema()
         where a.attidentity <> '' and c.relnamespace = current_schema()::regnamespace and s.last_value is not null`,
};
