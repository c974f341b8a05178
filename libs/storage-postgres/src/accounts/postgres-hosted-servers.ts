import type { Clock, SigningKey } from '@plexus/matrix-base';
import type {
  HostedServer,
  HostedServerChange,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  NewHostedServer,
} from '@plexus/storage';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { READ_VERSION, readHostedServers } from './hosted-servers-copy.ts';
import type { HostedServersCopy } from './hosted-servers-copy.ts';

/** With this and a read that takes less than as long again, a change is seen within a second. */
const POLL_MS = 400;
const SPREAD_MS = 2 * POLL_MS;

/**
 * The process's copy of the hosted servers and their keys. It is read whole when the version in Postgres is another one than the copy's:
 * on `start`, after every change made here, and when a poll finds that another process made one.
 */
export class PostgresHostedServers implements HostedServers, HostedServerKeys, HostedServerRepository {
  readonly #database: PostgresDatabase;
  readonly #clock: Clock;
  readonly #onPollError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #copy: HostedServersCopy = { version: 0, list: [], servers: new Map(), keys: new Map() };
  #polling: Promise<void> | undefined;

  constructor(database: PostgresDatabase, options: { clock: Clock; onPollError: (error: unknown) => void }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#onPollError = options.onPollError;
  }

  /** Reads the servers once, then follows changes until `stop`. */
  async start(): Promise<void> {
    await this.refresh();
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  find(serverName: string): HostedServer | undefined {
    return this.#copy.servers.get(serverName);
  }

  isHosted(serverName: string): boolean {
    return this.#copy.servers.has(serverName);
  }

  list(): readonly HostedServer[] {
    return this.#copy.list;
  }

  findSigningKey(serverName: string): SigningKey | undefined {
    return this.#copy.keys.get(serverName)?.();
  }

  async addServer({ serverName, settings, origin, keyId, seed }: NewHostedServer): Promise<boolean> {
    return this.#change(async (transaction) => {
      const added = await transaction.run(ADD_SERVER, [serverName, JSON.stringify(settings), origin]);
      if (added.length === 0) return false;
      await transaction.run(ADD_KEY, [serverName, keyId, Buffer.from(seed)]);
      return true;
    });
  }

  async changeServer(serverName: string, change: HostedServerChange): Promise<HostedServer | undefined> {
    const { status, settings, origin } = change;
    const values = [serverName, status, settings && JSON.stringify(settings), origin];
    await this.#change(async (transaction) => (await transaction.run(CHANGE_SERVER, values)).length === 1);
    return this.find(serverName);
  }

  async spread(): Promise<void> {
    await this.#clock.delay(SPREAD_MS, this.#stopping.signal);
    await this.refresh();
  }

  /** Reads the copy again if Postgres has another version. */
  async refresh(): Promise<void> {
    const [current] = await this.#database.run<{ version: number }>(READ_VERSION);
    if (current?.version === this.#copy.version) return;
    const fresh = await this.#database.transaction(readHostedServers);
    // Two refreshes may overtake each other; the copy never goes back.
    if (fresh.version > this.#copy.version) this.#copy = fresh;
  }

  /** Locks the version's row first, so that changes follow one another and the version is raised with what it announces. */
  async #change(work: (transaction: PostgresTransaction) => Promise<boolean>): Promise<boolean> {
    const isChanged = await this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_VERSION);
      const changed = await work(transaction);
      if (changed) await transaction.run(RAISE_VERSION);
      return changed;
    });
    await this.refresh();
    return isChanged;
  }

  async #poll(): Promise<void> {
    for (;;) {
      await this.#clock.delay(POLL_MS, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      try {
        await this.refresh();
      } catch (error) {
        this.#onPollError(error);
      }
    }
  }
}

export const LOCK_VERSION: Statement = {
  name: 'lock_hosted_servers_version',
  text: 'select version from hosted_servers_version for update',
};
export const RAISE_VERSION: Statement = {
  name: 'raise_hosted_servers_version',
  text: 'update hosted_servers_version set version = version + 1',
};
const ADD_SERVER: Statement = {
  name: 'add_hosted_server',
  text: `insert into hosted_servers (server_name, settings, origin) values ($1, $2, $3)
         on conflict do nothing returning 1`,
};
const ADD_KEY: Statement = {
  name: 'add_server_signing_key',
  text: 'insert into server_signing_keys (server_name, key_id, seed) values ($1, $2, $3)',
};
const CHANGE_SERVER: Statement = {
  name: 'change_hosted_server',
  text: `update hosted_servers h
            set status = n.status, settings = n.settings, origin = n.origin, version = h.version + 1
           from (select server_name, coalesce($2::text, status) as status, coalesce($3::jsonb, settings) as settings,
                        coalesce($4::text, origin) as origin
                   from hosted_servers where server_name = $1) n
          where h.server_name = n.server_name
            and (h.status, h.settings, h.origin) is distinct from (n.status, n.settings, n.origin)
         returning 1`,
};
