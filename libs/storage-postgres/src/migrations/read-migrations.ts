import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Migration {
  /** `20260101T000100Z-create-rooms` */
  readonly name: string;
  /** Which database it belongs to. */
  readonly area: string;
  /**
   * Takes away or tightens what releases use that do not know the named earlier migration: they cannot run any more. Whoever knows that one
   * uses it no longer.
   */
  readonly contracts: string | undefined;
  /** Its statements run one by one, as they must for `create index concurrently`; each may run again after a failure. */
  readonly isOutsideTransaction: boolean;
  readonly sql: string;
  readonly checksum: string;
}

const FILE_NAME = /^\d{8}T\d{6}Z-[a-z0-9-]+\.sql$/;
/** @NOTE Found by the package's name: a bundle of this file lies elsewhere. */
const MIGRATIONS = join(
  dirname(createRequire(import.meta.url).resolve('@plexus/storage-postgres/package.json')),
  'migrations',
);

/** Reads a folder of migrations, this library's own one by default, in the order of their names. */
export async function readMigrations(folder: string = MIGRATIONS): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(files.map((file) => readMigration(folder, file)));
}

async function readMigration(folder: string, file: string): Promise<Migration> {
  if (!FILE_NAME.test(file)) throw new Error(`${file} is not named like a migration`);
  const sql = await readFile(join(folder, file), 'utf8');
  const area = headerOf(sql, 'area');
  if (headerOf(sql, 'owner') === undefined || area === undefined) throw new Error(`${file} names no owner or no area`);
  return {
    name: file.slice(0, -'.sql'.length),
    area,
    contracts: headerOf(sql, 'contracts'),
    isOutsideTransaction: headerOf(sql, 'transaction') === 'none',
    sql,
    checksum: hash('sha256', sql),
  };
}

function headerOf(sql: string, key: string): string | undefined {
  return new RegExp(`^-- ${key}: (.+)$`, 'm').exec(sql)?.[1];
}
