import { encodeBase64, SigningKey } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { HostedServer } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** The hosted servers and the keys that they sign with, as of one version. Changes are applied to it where it lies: of thousands few change. */
export class HostedServersCopy {
  #version = 0;
  #list: readonly HostedServer[] = [];
  readonly #servers = new Map<string, HostedServer>();
  readonly #keys = new Map<string, readonly CopiedKey[]>();

  get version(): number {
    return this.#version;
  }

  /** In the order of their names; another list with each change. */
  get list(): readonly HostedServer[] {
    return this.#list;
  }

  find(serverName: string): HostedServer | undefined {
    return this.#servers.get(serverName);
  }

  /** The newest first. */
  keysOf(serverName: string): readonly CopiedKey[] | undefined {
    return this.#keys.get(serverName);
  }

  /** Applies what was read on top of this version. */
  apply({ version, changed, servers, keys }: HostedServersChange): void {
    const list = changed === 'all' ? [] : [...this.#list];
    if (changed === 'all') {
      this.#servers.clear();
      this.#keys.clear();
      list.push(...servers);
    } else {
      for (const serverName of changed) this.#remove(list, serverName);
      for (const server of servers) list.splice(placeOf(list, server.serverName), 0, server);
    }
    for (const server of servers) this.#servers.set(server.serverName, server);
    for (const [serverName, own] of keys) this.#keys.set(serverName, own);
    this.#list = list;
    this.#version = version;
  }

  #remove(list: HostedServer[], serverName: string): void {
    const place = placeOf(list, serverName);
    if (list[place]?.serverName === serverName) list.splice(place, 1);
    this.#servers.delete(serverName);
    this.#keys.delete(serverName);
  }
}

/** What a copy has to become. */
export interface HostedServersChange {
  readonly version: number;
  /** Names of those that are other ones now, or none any more. */
  readonly changed: readonly string[] | 'all';
  /** Those of them that are hosted; all of them are in the order of their names. */
  readonly servers: readonly HostedServer[];
  readonly keys: ReadonlyMap<string, readonly CopiedKey[]>;
}

/** Where the server is in the list, or would be. */
function placeOf(list: readonly HostedServer[], serverName: string): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.serverName ?? '') < serverName) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Made when it is first asked for: of thousands few sign before the next change. Of a key from elsewhere only the public half is here. */
export class CopiedKey {
  readonly keyId: string;
  readonly activeSince: number | undefined;
  readonly retiredAt: number | undefined;
  readonly #half: { readonly seed: Buffer } | { readonly publicKey: Buffer };
  #key: SigningKey | undefined;

  constructor({
    key_id: keyId,
    seed,
    public_key: publicKey,
    activated_at: activatedAt,
    retired_at: retiredAt,
  }: KeyRow) {
    this.keyId = keyId;
    this.activeSince = activatedAt?.getTime();
    this.retiredAt = retiredAt?.getTime();
    if (seed !== null) this.#half = { seed };
    else if (publicKey !== null) this.#half = { publicKey };
    else throw new StorageError(`There is nothing of ${keyId}`);
  }

  /** Unpadded Base64. */
  get publicKey(): string {
    return 'publicKey' in this.#half ? encodeBase64(this.#half.publicKey) : this.make().publicKey;
  }

  make(): SigningKey {
    if ('publicKey' in this.#half) throw new StorageError(`${this.keyId} cannot be signed with here`);
    this.#key ??= new SigningKey(this.keyId, this.#half.seed);
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
  readonly seed: Buffer | null;
  readonly public_key: Buffer | null;
  readonly activated_at: Date | null;
  readonly retired_at: Date | null;
}

/**
 * Reads what has changed since a version, or everything where nothing is known yet. The version is read first: a change that commits in between is
 * then read twice, never missed.
 */
export async function readHostedServers(
  transaction: PostgresTransaction,
  knownVersion: number,
): Promise<HostedServersChange> {
  const [current] = await transaction.run<{ version: number }>(READ_VERSION);
  const version = current?.version ?? 0;
  if (knownVersion === 0) {
    const servers = (await transaction.run<ServerRow>(READ_SERVERS)).map(serverOf).sort(byName);
    return { version, changed: 'all', servers, keys: keysOf(await transaction.run<KeyRow>(READ_KEYS)) };
  }
  const rows = await transaction.run<{ server_name: string }>(READ_CHANGED, [knownVersion]);
  const changed = rows.map(({ server_name: serverName }) => serverName);
  if (changed.length === 0) return { version, changed, servers: [], keys: new Map() };
  const names = [textArray(changed)];
  const servers = (await transaction.run<ServerRow>(READ_SERVERS_OF, names)).map(serverOf);
  return { version, changed, servers, keys: keysOf(await transaction.run<KeyRow>(READ_KEYS_OF, names)) };
}

/** @NOTE As the copy compares names, whatever order Postgres has. */
function byName(one: HostedServer, other: HostedServer): number {
  return one.serverName < other.serverName ? -1 : 1;
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
/** Those from elsewhere, which have never been active here, come last. */
const KEYS = `(select server_name, key_id, seed, null::bytea as public_key, activated_at, retired_at, created_at from server_signing_keys
               union all
               select server_name, key_id, null, public_key, null, expired_at, null from former_server_keys) k`;
const KEY_COLUMNS = 'server_name, key_id, seed, public_key, activated_at, retired_at';
const KEY_ORDER = 'server_name, created_at desc nulls last, retired_at desc, key_id';
const READ_KEYS: Statement = {
  name: 'read_server_signing_keys',
  text: `select ${KEY_COLUMNS} from ${KEYS} order by ${KEY_ORDER}`,
};
const READ_KEYS_OF: Statement = {
  name: 'read_server_signing_keys_of',
  text: `select ${KEY_COLUMNS} from ${KEYS} where server_name = any($1::text[]) order by ${KEY_ORDER}`,
};
