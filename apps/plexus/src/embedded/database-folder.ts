import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@plexus/service-shell';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { commandAs } from './unprivileged-account.ts';
import type { Account } from './unprivileged-account.ts';

const run = promisify(execFile);
const abandonedAfterMs = 10 * 60_000;

/** Makes the database folder where there is none, and refuses one that this Postgres cannot read. */
export async function prepareDatabaseFolder(
  folder: string,
  { initdb, majorVersion }: PostgresBinaries,
  account: Account | undefined,
): Promise<void> {
  if (!existsSync(folder)) await initialize(folder, initdb, account);
  const version = readVersion(folder);
  if (version === majorVersion) return;
  throw new StartError(
    version === undefined
      ? `The folder ${folder} is not the data of a Postgres: move it away, or choose another data_dir.`
      : `The folder ${folder} was written by PostgreSQL ${version}, and this release brings PostgreSQL ${majorVersion}: dump it with the former release and restore it with this one.`,
  );
}

function readVersion(folder: string): string | undefined {
  const path = join(folder, 'PG_VERSION');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Under a name of its own first: a crash within leaves no half-made database, and two at once do not meet. */
async function initialize(folder: string, initdb: string, account: Account | undefined): Promise<void> {
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const fresh = join(parent, `postgres-new-${randomBytes(6).toString('hex')}`);
  mkdirSync(fresh, { mode: 0o700 });
  if (account !== undefined) chownSync(fresh, account.uid, account.gid);
  const [program = '', ...rest] = commandAs(account, initdb, [fresh]);
  const options = ['--username=plexus', '--auth-local=trust', '--auth-host=reject', '--encoding=UTF8', '--locale=C'];
  try {
    await run(program, [...rest, '-D', fresh, ...options], { cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' } });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new StartError(`The database folder ${folder} could not be made: ${stderr}`, { cause: error });
  }
  if (!existsSync(folder)) renameSync(fresh, folder);
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith('postgres-new-'))) {
    const path = join(parent, name);
    if (Date.now() - statSync(path).mtimeMs > abandonedAfterMs) rmSync(path, { recursive: true, force: true });
  }
}
