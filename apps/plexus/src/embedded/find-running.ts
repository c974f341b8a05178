import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ControlConnection } from './control-connection.ts';
import { database } from './embedded-postgres.ts';
import { occupantOf, readPostmasterFile } from './postmaster-file.ts';
import { databaseUrl, socketFolderOf } from './socket-folder.ts';

/** The URL of the database of a Plexus that runs on this data folder; nothing where none does, or only its Postgres is left. */
export async function findRunningDatabase(dataDir: string): Promise<string | undefined> {
  const dataFolder = resolve(dataDir);
  const file = readPostmasterFile(join(dataFolder, 'postgres'));
  if (file === undefined || !file.isReady || occupantOf(file.pid) !== 'postgres') return undefined;
  const socketFolder = socketFolderOf(dataFolder);
  if (!existsSync(socketFolder) || !(await ControlConnection.isHeld(socketFolder))) return undefined;
  return databaseUrl(socketFolder, database);
}
