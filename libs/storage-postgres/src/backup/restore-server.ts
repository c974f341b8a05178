import { findServerName } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import { LOCK_VERSION, RAISE_VERSION } from '../accounts/postgres-hosted-servers.ts';
import type { AreaUrls } from '../generation/raise-generation.ts';
import { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { Statement } from '../postgres/statement.ts';
import { readManifest, readRows } from './backup-manifest.ts';
import { insertRows } from './restore-backup.ts';

export interface RestoreServerOptions {
  /** Where accounts are; the deployment may run. */
  readonly url: string;
  readonly tls?: AreaUrls['tls'] | undefined;
  readonly folder: string;
  readonly serverName: string;
}

/** How many rows came back, by table; tables of which none did are left out. */
export type RestoredRows = ReadonlyMap<string, number>;

/** Rows that say which server they are of. */
const OF_SERVER = ['hosted_servers', 'server_signing_keys', 'room_aliases', 'registration_tokens'];
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
 * Brings a hosted server and its accounts back from a backup into a deployment that runs, as far as they are gone: what is there stays as it is.
 * Rooms and memberships are not brought back. All or nothing.
 *
 * @NOTE Streams of users go on beyond every position that was ever given, as positions after the backup may be in clients' tokens.
 */
export async function restoreServer({ url, tls, folder, serverName }: RestoreServerOptions): Promise<RestoredRows> {
  const manifest = await readManifest(folder);
  const tables = new Map(manifest.tables.map((table) => [table.name, table]));
  const connection = await PostgresConnection.open({
    url,
    tls,
    applicationName: 'plexus restore',
    answerTimeoutMs: ANSWER_MS,
  });
  try {
    await checkSameTables(connection, manifest.migrations);
    await connection.execute('begin');
    await connection.run(LOCK_VERSION);
    const restored = new Map<string, number>();
    for (const name of [...OF_SERVER, ...OF_USERS]) {
      const table = tables.get(name);
      if (table === undefined) continue;
      const lines = linesOf(readRows(folder, table), OF_SERVER.includes(name) ? isOfServer : isOfUser, serverName);
      const count = await insertRows(connection, name, lines, { keepsExisting: true });
      if (count > 0) restored.set(name, count);
    }
    if (!restored.has('hosted_servers') && restored.size === 0)
      throw new StorageError(`of ${serverName} the backup has nothing that is not here`);
    await connection.run(ADVANCE_STREAMS, [`:${serverName}`]);
    await connection.run(RAISE_VERSION);
    await connection.run(DROP_CACHES);
    await connection.execute('commit');
    return restored;
  } finally {
    await connection.close();
  }
}

/** Rows are read as the tables are now: a column that came later would be empty. */
async function checkSameTables(connection: PostgresConnection, migrations: readonly string[]): Promise<void> {
  const applied = await connection.run<{ name: string }>(LIST_MIGRATIONS);
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
  name: 'list-account-migrations',
  text: `select name from schema_migrations where area = 'accounts'`,
};
const ADVANCE_STREAMS: Statement = { name: 'advance-user-streams', text: 'select advance_user_streams($1)' };
const DROP_CACHES: Statement = { name: 'drop-caches', text: 'select drop_caches()' };
