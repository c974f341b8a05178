import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StartError } from '@plexus/service-shell';
import { socketPort } from './postgres-settings.ts';
import type { Account } from './unprivileged-account.ts';

/** The kernel's bound for the path of a socket, without its closing zero. */
const maxSocketPath = 103;

/**
 * A folder for the socket that only Postgres's account can enter: in the data folder, or, where that has too long a path for a socket,
 * in the folder for temporary files, under a name that follows from the data folder.
 */
export function makeSocketFolder(dataFolder: string, account: Account | undefined): string {
  const folder = socketFolderOf(dataFolder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  const ours = [process.getuid?.(), account?.uid];
  if (!lstatSync(folder).isDirectory() || !ours.includes(uid)) {
    throw new StartError(`The folder ${folder}, needed for the socket of Postgres, belongs to somebody else.`);
  }
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
  return folder;
}

export function socketFolderOf(dataFolder: string): string {
  const inside = resolve(dataFolder, 'postgres-socket');
  const hash = createHash('sha256').update(inside).digest('hex').slice(0, 16);
  return fits(inside) ? inside : join(tmpdir(), `plexus-${hash}`);
}

/** The URL of a database of the embedded Postgres. */
export function databaseUrl(socketFolder: string, database: string): string {
  return `postgresql://plexus@${encodeURIComponent(socketFolder)}/${database}`;
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= maxSocketPath;
}
