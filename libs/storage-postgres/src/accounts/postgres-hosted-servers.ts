import { decodeBase64 } from '@plexus/matrix-base';
import type { Clock, SigningKey } from '@plexus/matrix-base';
import { isAnnounced, SIGNER_LEASE_MS, StorageError } from '@plexus/storage';
import type {
  FormerKeys,
  HostedServer,
  HostedServerChange,
  HostedServerKey,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  NewHostedServer,
} from '@plexus/storage';
import type { PostgresConnection } from '../postgres/postgres-connection.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { HostedServersCopy, READ_VERSION, readHostedServers } from './hosted-servers-copy.ts';

/** While nothing is heard: with this and a read that takes less than as long again, a change is seen within two thirds of a second. */
const DEAF_POLL_MS = 300;
/** Changes that come one upon the other are read together. */
const GATHER_MS = 20;
/** In case a notification is lost without a word. */
const POLL_MS = 15_000;
const ANSWER_MS = 4_000;
/** After this every process knows what was changed. */
export const SPREAD_MS = 2 * DEAF_POLL_MS;
const CHANNEL = 'plexus_hosted_servers';
const LISTENER = 'plexus hosted servers';

/** Another copy that is kept fresh over the same connection: it is refreshed whenever this one is. */
export interface FollowedCopy {
  /** On which Postgres tells of its changes. */
  readonly channel: string;
  refresh(through?: Pick<PostgresDatabase, 'run'>): Promise<void>;
}

export interface PostgresHostedServersOptions {
  readonly clock: Clock;
  readonly onPollError: (error: unknown) => void;
  readonly companions?: readonly FollowedCopy[];
}

/**
 * The process's copy of the hosted servers and their keys. It is read whole on `start`; after every change made here, and when Postgres tells of one
 * that another process made, what has changed is read.
 *
 *     deaf ──listens──► hearing ──notified, or after long──► refresh
 *      ▲ refreshes often   │
 *      └──connection ends──┘
 */
export class PostgresHostedServers implements HostedServers, HostedServerKeys, HostedServerRepository {
  readonly #database: PostgresDatabase;
  readonly #clock: Clock;
  readonly #onPollError: (error: unknown) => void;
  readonly #companions: readonly FollowedCopy[];
  readonly #stopping = new AbortController();
  #rest = new AbortController();
  #listening: PostgresConnection | undefined;
  readonly #copy = new HostedServersCopy();
  /** When what the copy holds was known to be all that there is. */
  #confirmedAt = -Infinity;
  #following: Promise<void> | undefined;

  constructor(database: PostgresDatabase, { clock, onPollError, companions = [] }: PostgresHostedServersOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#onPollError = onPollError;
    this.#companions = companions;
  }

  /** Reads the servers once, then follows changes until `stop`. */
  async start(): Promise<void> {
    await this.refresh();
    for (const companion of this.#companions) await companion.refresh();
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#following;
    await this.#listening?.close();
  }

  find(serverName: string): HostedServer | undefined {
    return this.#copy.find(serverName);
  }

  isHosted(serverName: string): boolean {
    return this.#copy.find(serverName) !== undefined;
  }

  list(): readonly HostedServer[] {
    return this.#copy.list;
  }

  findSigningKey(serverName: string): SigningKey | undefined {
    const key = this.#copy.keysOf(serverName)?.find((one) => one.activeSince !== undefined && !one.retiredAt);
    if (key === undefined) return undefined;
    if (this.#clock.now() - this.#confirmedAt <= SIGNER_LEASE_MS) return key.make();
    throw new StorageError(`Whether ${key.keyId} of ${serverName} is still to be signed with is not known`);
  }

  listKeys(serverName: string): readonly HostedServerKey[] | undefined {
    return this.#copy.keysOf(serverName)?.map((key) => ({
      keyId: key.keyId,
      publicKey: key.publicKey,
      ...(key.activeSince !== undefined && { activeSince: key.activeSince }),
      ...(key.retiredAt !== undefined && { retiredAt: key.retiredAt }),
    }));
  }

  async addServer({ serverName, settings, origin, keyId, seed }: NewHostedServer): Promise<boolean> {
    return this.#change(async (transaction) => {
      const added = await transaction.run(ADD_SERVER, [serverName, JSON.stringify(settings), origin]);
      if (added.length === 0) return false;
      await transaction.run(ADD_KEY, [serverName, keyId, Buffer.from(seed)]);
      return true;
    });
  }

  async announceKey({
    serverName,
    keyId,
    seed,
  }: Parameters<HostedServerRepository['announceKey']>[0]): Promise<string | undefined> {
    await this.#change(async (transaction) => {
      return (await transaction.run(ANNOUNCE_KEY, [serverName, keyId, Buffer.from(seed)])).length > 0;
    });
    return this.listKeys(serverName)?.find(isAnnounced)?.keyId;
  }

  activateKeys(which: Parameters<HostedServerRepository['activateKeys']>[0]): Promise<number> {
    const [statement, value] =
      'serverName' in which ? [ACTIVATE_KEY, which.serverName] : [ACTIVATE_KEYS, which.announcedMs];
    return this.#count(statement, value);
  }

  async importKeys({ serverName, keys }: FormerKeys): Promise<boolean> {
    let isDone = true;
    await this.#change(async (transaction) => {
      for (const { keyId, publicKey, expiredAt } of keys) {
        const values = [serverName, keyId, decodeBase64(publicKey), new Date(expiredAt)];
        isDone &&= (await transaction.run(IMPORT_KEY, values)).length > 0;
      }
      return true;
    });
    return isDone;
  }

  retireKeys(replacedMs: number): Promise<number> {
    return this.#count(RETIRE_KEYS, replacedMs);
  }

  async #count(statement: Statement, value: string | number): Promise<number> {
    let count = 0;
    await this.#change(async (transaction) => {
      count = (await transaction.run(statement, [value])).length;
      return count > 0;
    });
    return count;
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
  async refresh(through: Pick<PostgresDatabase, 'run'> = this.#database): Promise<void> {
    const begun = this.#clock.now();
    const [current] = await through.run<{ version: number }>(READ_VERSION);
    if (current?.version !== this.#copy.version) await this.#readChanges();
    this.#confirmedAt = Math.max(this.#confirmedAt, begun);
  }

  /** @NOTE Two may overtake each other: what was read on top of an older copy is read again; the copy never goes back. */
  async #readChanges(): Promise<void> {
    for (;;) {
      const { version } = this.#copy;
      const change = await this.#database.transaction((transaction) => readHostedServers(transaction, version));
      if (change.version <= this.#copy.version) return;
      if (this.#copy.version !== version) continue;
      return this.#copy.apply(change);
    }
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

  /** @NOTE It listens before it reads: what changes in between is heard, and the rest that follows ends at once. */
  async #follow(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#clock.delay(this.#listening === undefined ? DEAF_POLL_MS : POLL_MS, this.#rest.signal);
      if (this.#stopping.signal.aborted) return;
      this.#rest = new AbortController();
      if (this.#listening !== undefined) await this.#clock.delay(GATHER_MS, this.#stopping.signal);
      try {
        this.#listening ??= await this.#listen();
        // A connection that is dead without having said so is found out by this.
        await this.refresh(this.#listening);
        for (const companion of this.#companions) await companion.refresh(this.#listening);
      } catch (error) {
        this.#onPollError(error);
      }
    }
  }

  async #listen(): Promise<PostgresConnection> {
    const connection = await this.#database.openConnection({ applicationName: LISTENER, answerTimeoutMs: ANSWER_MS });
    await connection.listen(CHANNEL, {
      heard: () => this.#wake(),
      ended: () => {
        this.#listening = undefined;
        this.#wake();
      },
    });
    for (const { channel } of this.#companions) await connection.execute(`listen ${channel}`);
    return connection;
  }

  #wake(): void {
    this.#rest.abort();
  }
}

export const LOCK_VERSION: Statement = {
  name: 'lock_hosted_servers_version',
  text: 'select version from hosted_servers_version for update',
};
export const RAISE_VERSION: Statement = {
  name: 'raise_hosted_servers_version',
  text: `with raised as (update hosted_servers_version set version = version + 1)
         select pg_notify('${CHANNEL}', '')`,
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
const ANNOUNCE_KEY: Statement = {
  name: 'announce_signing_key',
  text: `insert into server_signing_keys (server_name, key_id, seed, activated_at)
         select server_name, $2, $3, null from hosted_servers
          where server_name = $1
            and not exists (select from server_signing_keys where server_name = $1 and activated_at is null)
            and not exists (select from former_server_keys where server_name = $1 and key_id = $2)
         on conflict do nothing returning 1`,
};
/** @NOTE A key that the server has made here stays what it is. */
const IMPORT_KEY: Statement = {
  name: 'import_former_server_key',
  text: `insert into former_server_keys (server_name, key_id, public_key, expired_at)
         select server_name, $2, $3, $4 from hosted_servers
          where server_name = $1
            and not exists (select from server_signing_keys where server_name = $1 and key_id = $2)
         on conflict (server_name, key_id) do update set public_key = excluded.public_key, expired_at = excluded.expired_at
         returning 1`,
};
const ACTIVATE_KEY: Statement = {
  name: 'activate_signing_key',
  text: `update server_signing_keys set activated_at = now() where server_name = $1 and activated_at is null returning 1`,
};
const ACTIVATE_KEYS: Statement = {
  name: 'activate_signing_keys',
  text: `update server_signing_keys set activated_at = now()
          where activated_at is null and created_at < now() - $1::bigint * interval '1 millisecond' returning 1`,
};
const RETIRE_KEYS: Statement = {
  name: 'retire_signing_keys',
  text: `update server_signing_keys old set retired_at = now()
          where retired_at is null and activated_at is not null
            and exists (select from server_signing_keys newer
                         where newer.server_name = old.server_name and newer.activated_at > old.activated_at
                           and newer.activated_at < now() - $1::bigint * interval '1 millisecond')
         returning 1`,
};
