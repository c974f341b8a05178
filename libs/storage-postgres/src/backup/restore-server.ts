import { findServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import { LOCK_VERSION, RAISE_VERSION, SPREAD_MS } from '../accounts/postgres-hosted-servers.ts';
import type { AreaUrls } from '../generation/raise-generation.ts';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';
import { readManifest, readRows } from './backup-manifest.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { insertRows } from './restore-backup.ts';
import { restoreRooms } from './restore-rooms.ts';
import type { RestoredRooms } from './restore-rooms.ts';

export interface RestoreServerOptions {
  /** The deployment may run. */
  readonly urls: AreaUrls;
  readonly folder: string;
  readonly serverName: string;
  readonly clock: Pick<Clock, 'delay'>;
}

/** How many rows came back, by table; tables of which none did are left out. */
export type RestoredRows = ReadonlyMap<string, number>;

export interface RestoredServer {
  readonly accounts: RestoredRows;
  readonly rooms: RestoredRooms;
}

/** Rows that say which server they are of. */
const OF_SERVER = [
  'hosted_servers',
  'server_signing_keys',
  'former_server_keys',
  'room_aliases',
  'published_rooms',
  'registration_tokens',
];
/**
 * Rows of a user of the server.
 *
 * @NOTE Not keys that are used once: they may have been given out since. Clients upload others when they see that none are there.
 */
const OF_USERS = [
  'users',
  'devices',
  'access_tokens',
  'refresh_tokens',
  'user_streams',
  'account_data',
  'filters',
  'profile_fields',
  'device_keys',
  'cross_signing_keys',
  'key_signatures',
  'key_backups',
  'backed_up_keys',
  'dehydrated_devices',
  'user_external_ids',
  'user_threepids',
  'rate_limit_overrides',
  'consents',
  'notice_rooms',
];

const ANSWER_MS = 3_600_000;

/**
 * Brings a hosted server back from a backup into a deployment that runs, as far as it is gone: what is there stays as it is. Its accounts come all or none, then
 * the rooms that went with it, all or none; whoever repeats it after a failure goes on where it ended.
 *
 * @NOTE Whoever owns the rooms has to know by then that the server is hosted: it says who of their members are users of this deployment.
 */
export async function restoreServer({
  urls,
  folder,
  serverName,
  clock,
}: RestoreServerOptions): Promise<RestoredServer> {
  const manifest = await readManifest(folder);
  const accounts = await open(urls.accounts, urls);
  const rooms = urls.rooms === urls.accounts ? accounts : await open(urls.rooms, urls);
  try {
    await checkNotLeaving(accounts, serverName);
    await checkSameTables(accounts, 'accounts', manifest);
    await checkSameTables(rooms, 'rooms', manifest);
    const restored = await restoreAccounts(accounts, { folder, serverName, manifest });
    await clock.delay(SPREAD_MS);
    const restoredRooms = await restoreRooms({ rooms, accounts, folder, manifest, serverName });
    if (restored.size === 0 && restoredRooms.restored === 0)
      throw new StorageError(`of ${serverName} the backup has nothing that is not here`);
    await accounts.run(DROP_CACHES);
    return { accounts: restored, rooms: restoredRooms };
  } finally {
    await accounts.close();
    await rooms.close();
  }
}

function open(url: string, { tls }: AreaUrls): Promise<PostgresConnection> {
  return PostgresConnection.open({ url, tls, applicationName: 'plexus restore', answerTimeoutMs: ANSWER_MS });
}

/** @NOTE Streams of users go on beyond every position that was ever given, as positions after the backup may be in clients' tokens. */
async function restoreAccounts(
  connection: PostgresConnection,
  { folder, serverName, manifest }: Pick<RestoreServerOptions, 'folder' | 'serverName'> & { manifest: BackupManifest },
): Promise<RestoredRows> {
  const tables = new Map(manifest.tables.map((table) => [table.name, table]));
  const restored = new Map<string, number>();
  await connection.execute('begin');
  await connection.run(LOCK_VERSION);
  for (const name of [...OF_SERVER, ...OF_USERS]) {
    const table = tables.get(name);
    if (table === undefined) continue;
    const lines = linesOf(readRows(folder, table), OF_SERVER.includes(name) ? isOfServer : isOfUser, serverName);
    const count = await insertRows(connection, name, lines, { keepsExisting: true });
    if (count > 0) restored.set(name, count);
  }
  await connection.run(ADVANCE_STREAMS, [`:${serverName}`]);
  await connection.run(RAISE_VERSION);
  await connection.run(DROP_CACHES);
  await connection.execute('commit');
  return restored;
}

/** What removes a server goes on with what comes back of it. */
async function checkNotLeaving(connection: PostgresConnection, serverName: string): Promise<void> {
  const underWay = await connection.run<{ job_id: string }>(FIND_REMOVAL, [serverName]);
  if (underWay.length > 0) throw new StorageError(`${serverName} is being removed: wait until nothing is left of it`);
}

/** Rows are read as the tables are now: a column that came later would be empty. */
async function checkSameTables(
  connection: PostgresConnection,
  area: 'accounts' | 'rooms',
  { migrations }: BackupManifest,
): Promise<void> {
  const applied = await connection.run<{ name: string }>(LIST_MIGRATIONS, [area]);
  const later = applied.find(({ name }) => !migrations.includes(name));
  if (later !== undefined) {
    throw new StorageError(
      `the backup was made before ${later.name}: restore it whole into other databases, bring them up to date, and back those up`,
    );
  }
}

type Row = Readonly<Record<string, unknown>>;

async function* linesOf(
  lines: AsyncIterable<string>,
  isOf: (row: Row, serverName: string) => boolean,
  serverName: string,
): AsyncGenerator<string> {
  for await (const line of lines) {
    const row: Row = JSON.parse(line);
    if (isOf(row, serverName)) yield line;
  }
}

function isOfServer(row: Row, serverName: string): boolean {
  return row['server_name'] === serverName;
}

function isOfUser({ user_id: userId }: Row, serverName: string): boolean {
  return typeof userId === 'string' && findServerName(userId) === serverName;
}

const LIST_MIGRATIONS: Statement = {
  name: 'list-migrations-of',
  text: 'select name from schema_migrations where area = $1',
};
const FIND_REMOVAL: Statement = {
  name: 'find-removal-under-way',
  text: 'select job_id from server_removals where server_name = $1 and finished_at is null',
};
const ADVANCE_STREAMS: Statement = { name: 'advance-user-streams', text: 'select advance_user_streams($1)' };
const DROP_CACHES: Statement = { name: 'drop-caches', text: 'select drop_caches()' };
