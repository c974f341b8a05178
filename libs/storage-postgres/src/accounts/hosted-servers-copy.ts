import { SigningKey } from '@plexus/matrix-base';
import type { HostedServer } from '@plexus/storage';
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

/** Made when it is first asked for: of thousands few sign before the next change. */
export interface CopiedKey {
  readonly keyId: string;
  readonly activeSince: number | undefined;
  readonly retiredAt: number | undefined;
  readonly make: () => SigningKey;
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

/** The version is read first: a change that commits in between is then read twice, never missed. */
export async function readHostedServers(transaction: PostgresTransaction): Promise<HostedServersCopy> {
  const [current] = await transaction.run<{ version: number }>(READ_VERSION);
  const list = (await transaction.run<ServerRow>(READ_SERVERS)).map(serverOf);
  const keys = await transaction.run<KeyRow>(READ_KEYS);
  return {
    version: current?.version ?? 0,
    list,
    servers: new Map(list.map((server) => [server.serverName, server])),
    keys: Map.groupBy(keys.map(copiedKey), ({ serverName }) => serverName),
  };
}

function copiedKey(row: KeyRow): CopiedKey & { readonly serverName: string } {
  const { server_name: serverName, key_id: keyId, seed } = row;
  let key: SigningKey | undefined;
  return {
    serverName,
    keyId,
    activeSince: row.activated_at?.getTime(),
    retiredAt: row.retired_at?.getTime(),
    make: () => (key ??= new SigningKey(keyId, seed)),
  };
}

function serverOf(row: ServerRow): HostedServer {
  const { server_name: serverName, status, settings, origin, version, created_at: createdAt } = row;
  return { serverName, status, settings, origin, version, createdAt: createdAt.getTime() };
}

export const READ_VERSION: Statement = {
  name: 'read_hosted_servers_version',
  text: 'select version from hosted_servers_version',
};
const READ_SERVERS: Statement = {
  name: 'read_hosted_servers',
  text: 'select server_name, status, settings, origin, version, created_at from hosted_servers order by server_name',
};
const READ_KEYS: Statement = {
  name: 'read_server_signing_keys',
  text: `select server_name, key_id, seed, activated_at, retired_at from server_signing_keys
          order by server_name, created_at desc, key_id`,
};
