import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { StorageError } from '@plexus/storage';

/** What a backup's folder holds; written last, so that a folder without it is no backup. */
export interface BackupManifest {
  readonly format: typeof BACKUP_FORMAT;
  readonly createdAt: string;
  readonly roomShards: number;
  /** The deployment's, when the backup was made. */
  readonly generation: number;
  /** Up to where memberships of each shard were projected before anything was read; index is the shard. */
  readonly projected: readonly number[];
  /** Names of all migrations that had been applied. */
  readonly migrations: readonly string[];
  readonly tables: readonly BackedUpTable[];
  readonly sequences: readonly BackedUpSequence[];
}

export interface BackedUpTable {
  readonly name: string;
  readonly area: string;
  readonly rows: number;
  /** Of its lines, before they are compressed. */
  readonly sha256: string;
}

/** Where the numbers of a column go on. */
export interface BackedUpSequence {
  readonly table: string;
  readonly column: string;
  readonly lastValue: number;
}

export const BACKUP_FORMAT = 1;
export const MANIFEST = 'manifest.json';

export function fileOf(table: Pick<BackedUpTable, 'name'>): string {
  return `${table.name}.jsonl.gz`;
}

/** Throws where the folder is no whole backup. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((error: unknown) => {
    throw new StorageError(`${folder} is no backup, or was not finished: it has no ${MANIFEST}`, { cause: error });
  });
  const manifest: BackupManifest = JSON.parse(text);
  if (manifest.format !== BACKUP_FORMAT)
    throw new StorageError(
      `${folder} is a backup of format ${String(manifest.format)}, and this release reads ${BACKUP_FORMAT}`,
    );
  return manifest;
}

/** The rows of a table as lines of JSON; throws in the end where they are not those that were written. */
export async function* readRows(folder: string, table: BackedUpTable): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const line of readLines(join(folder, fileOf(table)))) {
    hash.update(`${line}\n`);
    rows += 1;
    yield line;
  }
  if (rows !== table.rows || hash.digest('hex') !== table.sha256)
    throw new StorageError(`${fileOf(table)} is not what was backed up`);
}

/** @NOTE Not with `readline`, to which characters that texts may have end lines too. */
async function* readLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input = createGunzip().setEncoding('utf8');
  file.on('error', (error) => input.destroy(error));
  let rest = '';
  for await (const chunk of file.pipe(input)) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw new StorageError(`${path} ends too early`);
}
