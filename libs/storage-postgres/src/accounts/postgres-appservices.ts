import type {
  AppserviceChange,
  AppserviceRecord,
  AppserviceRepository,
  Appservices,
  AppserviceServers,
  AppserviceStoreOutcome,
  NewAppservice,
} from '@plexus/storage';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { READ_REVISION, readAppservices } from './appservices-copy.ts';
import type { AppservicesCopy } from './appservices-copy.ts';
import type { FollowedCopy } from './postgres-hosted-servers.ts';

const CHANNEL = 'plexus_appservices';

/**
 * The process's copy of the application services. It is read whole when the revision in Postgres is another one than the copy's: after every change
 * made here, and when `PostgresHostedServers`, which listens for both, is told of one that another process made.
 */
export class PostgresAppservices implements Appservices, AppserviceRepository, FollowedCopy {
  readonly channel = CHANNEL;
  readonly #database: PostgresDatabase;
  readonly #listeners = new Set<() => void>();
  #copy: AppservicesCopy = { revision: 0, list: [] };

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  list(): readonly AppserviceRecord[] {
    return this.#copy.list;
  }

  get revision(): number {
    return this.#copy.revision;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(through: Pick<PostgresDatabase, 'run'> = this.#database): Promise<void> {
    const [current] = await through.run<{ revision: number }>(READ_REVISION);
    if (current?.revision === this.#copy.revision) return;
    const fresh = await this.#database.transaction((transaction) => readAppservices(transaction, this.#copy));
    // Two refreshes may overtake each other; the copy never goes back.
    if (fresh.revision <= this.#copy.revision) return;
    this.#copy = fresh;
    for (const listener of this.#listeners) listener();
  }

  addAppservice({ id, servers, settings, hsToken, origin, tokenHash }: NewAppservice): Promise<AppserviceStoreOutcome> {
    return this.#change(async (transaction) => {
      const values = [id, namesOf(servers), JSON.stringify(settings), hsToken, origin];
      const added = await transaction.run(ADD_APPSERVICE, values);
      if (added.length === 0) return 'id-in-use';
      return giveToken(transaction, id, { tokenHash, overlapMs: 0 });
    });
  }

  changeAppservice(id: string, change: AppserviceChange): Promise<AppserviceStoreOutcome> {
    const { servers, settings, hsToken, origin, token } = change;
    return this.#change(async (transaction) => {
      const found = await transaction.run<{ is_current: boolean }>(FIND_APPSERVICE, [id, token?.tokenHash]);
      if (found.length === 0) return 'unknown';
      const isNewToken = token !== undefined && found[0]?.is_current !== true;
      const given = isNewToken ? await giveToken(transaction, id, token) : 'stored';
      if (given !== 'stored') return given;
      const names = servers === undefined ? undefined : namesOf(servers);
      const values = [id, servers !== undefined, names, settings && JSON.stringify(settings), hsToken, origin];
      const changed = await transaction.run(CHANGE_APPSERVICE, [...values, isNewToken]);
      return changed.length === 0 ? 'unchanged' : 'stored';
    });
  }

  async removeAppservice(id: string): Promise<boolean> {
    const outcome = await this.#change(async (transaction) => {
      const removed = await transaction.run(REMOVE_APPSERVICE, [id]);
      if (removed.length === 0) return 'unknown';
      await transaction.run(REMOVE_TOKENS, [id]);
      await transaction.run(REMOVE_DIRECTORIES, [`${id}|`]);
      await transaction.run(REMOVE_INSTANCES, [`${id}|`]);
      return 'stored';
    });
    return outcome === 'stored';
  }

  /** Locks the revision's row first, so that changes follow one another; what does not come to `stored` leaves nothing behind. */
  async #change(work: (transaction: PostgresTransaction) => Promise<ChangeOutcome>): Promise<AppserviceStoreOutcome> {
    try {
      await this.#database.transaction(async (transaction) => {
        await transaction.run(LOCK_REVISION);
        const outcome = await work(transaction);
        if (outcome !== 'stored') throw new ChangeRefusedError(outcome);
        await transaction.run(RAISE_REVISION);
      });
    } catch (error) {
      if (!(error instanceof ChangeRefusedError)) throw error;
      await this.refresh();
      return error.outcome === 'unchanged' ? 'stored' : error.outcome;
    }
    await this.refresh();
    return 'stored';
  }
}

type ChangeOutcome = AppserviceStoreOutcome | 'unchanged';

class ChangeRefusedError extends Error {
  override readonly name = 'ChangeRefusedError';
  readonly outcome: Exclude<ChangeOutcome, 'stored'>;

  constructor(outcome: Exclude<ChangeOutcome, 'stored'>) {
    super(outcome);
    this.outcome = outcome;
  }
}

async function giveToken(
  transaction: PostgresTransaction,
  id: string,
  { tokenHash, overlapMs }: { readonly tokenHash: Buffer; readonly overlapMs: number },
): Promise<'stored' | 'token-in-use'> {
  await transaction.run(EXPIRE_TOKENS, [id, overlapMs]);
  await transaction.run(FORGET_TOKENS, [id]);
  const given = await transaction.run(GIVE_TOKEN, [tokenHash, id]);
  return given.length === 1 ? 'stored' : 'token-in-use';
}

function namesOf(servers: AppserviceServers): string[] | undefined {
  return servers === 'all' ? undefined : [...servers];
}

const LOCK_REVISION: Statement = {
  name: 'lock_appservice_revision',
  text: 'select revision from appservice_revision for update',
};
const RAISE_REVISION: Statement = {
  name: 'raise_appservice_revision',
  text: `with raised as (update appservice_revision set revision = revision + 1)
         select pg_notify('${CHANNEL}', '')`,
};
const ADD_APPSERVICE: Statement = {
  name: 'add_appservice',
  text: `insert into appservices (id, servers, settings, hs_token, origin) values ($1, $2, $3, $4, $5)
         on conflict do nothing returning 1`,
};
const FIND_APPSERVICE: Statement = {
  name: 'find_appservice_to_change',
  text: `select exists (select from appservice_tokens t
                         where t.token_hash = $2::bytea and t.appservice_id = a.id and t.expires_at is null) as is_current
           from appservices a where id = $1`,
};
const CHANGE_APPSERVICE: Statement = {
  name: 'change_appservice',
  text: `update appservices a
            set servers = n.servers, settings = n.settings, hs_token = n.hs_token, origin = n.origin, version = a.version + 1
           from (select id, case when $2::boolean then $3::text[] else servers end as servers,
                        coalesce($4::jsonb, settings) as settings, coalesce($5::text, hs_token) as hs_token,
                        coalesce($6::text, origin) as origin
                   from appservices where id = $1) n
          where a.id = n.id
            and ($7::boolean
                 or (a.servers, a.settings, a.hs_token, a.origin) is distinct from (n.servers, n.settings, n.hs_token, n.origin))
         returning 1`,
};
const REMOVE_APPSERVICE: Statement = {
  name: 'remove_appservice',
  text: 'delete from appservices where id = $1 returning 1',
};
const REMOVE_TOKENS: Statement = {
  name: 'remove_appservice_tokens',
  text: 'delete from appservice_tokens where appservice_id = $1',
};
const REMOVE_DIRECTORIES: Statement = {
  name: 'remove_appservice_directories',
  text: `delete from published_rooms p using network_instances i
          where starts_with(i.instance_id, $1) and p.server_name = i.server_name || ' ' || i.instance_id`,
};
const REMOVE_INSTANCES: Statement = {
  name: 'remove_appservice_instances',
  text: 'delete from network_instances where starts_with(instance_id, $1)',
};
const EXPIRE_TOKENS: Statement = {
  name: 'expire_appservice_tokens',
  text: `update appservice_tokens set expires_at = now() + $2::bigint * interval '1 millisecond'
          where appservice_id = $1 and expires_at is null`,
};
const FORGET_TOKENS: Statement = {
  name: 'forget_appservice_tokens',
  text: 'delete from appservice_tokens where appservice_id = $1 and expires_at <= now()',
};
/** A token of another application service is nobody else's, for as long as that one keeps it. */
const GIVE_TOKEN: Statement = {
  name: 'give_appservice_token',
  text: `insert into appservice_tokens (token_hash, appservice_id) values ($1, $2)
         on conflict (token_hash) do update set expires_at = null
          where appservice_tokens.appservice_id = excluded.appservice_id
         returning 1`,
};
