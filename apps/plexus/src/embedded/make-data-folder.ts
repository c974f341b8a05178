import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '@plexus/service-shell';

/** Makes the folder for everything that is kept. Throws StartError, one sentence, where it cannot be made or written. */
export function makeDataFolder(folder: string): void {
  attempt(`The data folder ${folder} cannot be made`, () => makeFolder(resolve(folder)));
  attempt(`The data folder ${folder} cannot be written`, () => requireAccess(folder));
  const database = join(folder, 'postgres');
  if (existsSync(database)) attempt(`The database folder ${database} cannot be read`, () => requireAccess(database));
}

/** @NOTE Node's own recursion does not end where a file system refuses new folders with ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function requireAccess(folder: string): void {
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
}

function attempt(problem: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const because = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
    throw new StartError(`${problem}: ${because}. Choose another data_dir (PLEXUS_DATA_DIR), or mend that.`, {
      cause: error,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this account may not',
  EPERM: 'this account may not',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'there is a file in its way',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};
