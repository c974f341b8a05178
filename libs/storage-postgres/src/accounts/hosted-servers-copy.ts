import { SigningKey } from '@plexus/matrix-base';
import type { HostedServer } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** The hosted servers and the keys that they sign with, as of one version. */
export interface HostedServersCopy {
  readonly version: number;
  /** In the order of their names. */
  readonly list: readonly HostedServer[];
  readonly servers: ReadonlyMap<string, HostedServer>;
  /** Those of each server, the newest first. */
  readonly keys: ReadonlyMap<string, readonly CopiedKey[]>;
}

export const NO_SERVERS: HostedServersCopy = { version: 0, list: [], servers: new Map(), keys: new Map() };

/** Made when it is first asked for: of thousands few sign before the next change. */
export class CopiedKey {
  readonly keyId: string;
  readonly activeSince: number | undefined;
  readonly retiredAt: number | undefined;
  readonly #seed: Buffer;
  #key: SigningKey | undefined;

  constructor({ key_id: keyId, seed, activated_at: activatedAt, retired_at: retiredAt }: KeyRow) {
    this.keyId = keyId;
    this.activeSince = activatedAt?.getTime();
    this.retiredAt = retiredAt?.getTime();
    this.#seed = seed;
  }

  make(): SigningKey {
    this.#key ??= new SigningKey(this.keyId, this.#seed);
    return this.#key;
  }
}

interface ServerRow {
  readonly server_name: string;
  readonly status: HostedServer['status'];
  readonly settings: HostedServer['settings'];
  readonly origin: HostedServer['origin'];
  readonly version: number;
  readonly created_at: Date;
}

interface KeyRow {
  readonly server_name: string;
  readonly key_id: string;
  readonly seed: Buffer;
  readonly activated_at: Date | null;
  readonly retired_at: Date | null;
}

/**
 * Brings a copy up to date: reads what has changed since, or everything where nothing is known yet. The version is read first: a change that
 * commits in between is then read twice, never missed.
 */
export async function readHostedServers(
  transaction: PostgresTransaction,
  known: HostedServersCopy,
): Promise<HostedServersCopy> {
  const [current] = await transaction.run<{ version: number }>(READ_VERSION);
  const version = current?.version ?? 0;
  if (known.version === 0) {
    const all = await transaction.run<ServerRow>(READ_SERVERS);
    return copyOf(version, {
      servers: new Map(all.map((row) => [row.server_name, serverOf(row)])),
      keys: keysOf(await transaction.run<KeyRow>(READ_KEYS)),
    });
  }
  const changed = await transaction.run<{ server_name: string }>(READ_CHANGED, [known.version]);
  const names = changed.map(({ server_name: serverName }) => serverName);
  if (names.length === 0) return { ...known, version };
  const rows = await transaction.run<ServerRow>(READ_SERVERS_OF, [textArray(names)]);
  const keyRows = await transaction.run<KeyRow>(READ_KEYS_OF, [textArray(names)]);
  const servers = new Map(known.servers);
  const keys = new Map(known.keys);
  for (const name of names) {
    servers.delete(name);
    keys.delete(name);
  }
  for (const row of rows) servers.set(row.server_name, serverOf(row));
  for (const [name, own] of keysOf(keyRows)) keys.set(name, own);
  return copyOf(version, { servers, keys });
}

function copyOf(version: number, { servers, keys }: Pick<HostedServersCopy, 'servers' | 'keys'>): HostedServersCopy {
  const list = [...servers.values()].sort((one, other) => (one.serverName < other.serverName ? -1 : 1));
  return { version, list, servers, keys };
}

function keysOf(rows: readonly KeyRow[]): Map<string, readonly CopiedKey[]> {
  const keys = new Map<string, readonly CopiedKey[]>();
  for (const row of rows) keys.set(row.server_name, [...(keys.get(row.server_name) ?? []), new CopiedKey(row)]);
  return keys;
}

function serverOf(row: ServerRow): HostedServer {
  const { server_name: serverName, status, settings, origin, version, created_at: createdAt } = row;
  return { serverName, status, settings, origin, version, createdAt: createdAt.getTime() };
}

export const READ_VERSION: Statement = {
  name: 'read_hosted_servers_version',
  text: 'select version from hosted_servers_version',
};
const READ_CHANGED: Statement = {
  name: 'read_changed_hosted_servers',
  text: 'select server_name from hosted_server_changes where version > $1',
};
const SERVER_COLUMNS = 'server_name, status, settings, origin, version, created_at';
const READ_SERVERS: Statement = { name: 'read_hosted_servers', text: `select ${SERVER_COLUMNS} from hosted_servers` };
const READ_SERVERS_OF: Statement = {
  name: 'read_hosted_servers_of',
  text: `select ${SERVER_COLUMNS} from hosted_servers where server_name = any($1::text[])`,
};
const KEY_COLUMNS = 'server_name, key_id, seed, activated_at, retired_at';
const READ_KEYS: Statement = {
  name: 'read_server_signing_keys',
  text: `select ${KEY_COLUMNS} from server_signing_keys order by server_name, created_at desc, key_id`,
};
const READ_KEYS_OF: Statement = {
  name: 'read_server_signing_keys_of',
  text: `select ${KEY_COLUMNS} from server_signing_keys where server_name = any($1::text[])
          order by server_name, created_at desc, key_id`,
};
