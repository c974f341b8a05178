import type { LogLevelRepository, SetLogLevel } from '@plexus/storage';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import type { FollowedCopy } from './postgres-hosted-servers.ts';

interface LogLevelsCopy {
  readonly revision: number;
  readonly list: readonly SetLogLevel[];
}

interface LogLevelRow {
  readonly service: string;
  readonly level: string;
  readonly expires_at: Date | null;
}

const CHANNEL = 'plexus_log_levels';

/** The process's copy of the levels, kept fresh by `PostgresHostedServers`, which listens for both. */
export class PostgresLogLevels implements LogLevelRepository, FollowedCopy {
  readonly channel = CHANNEL;
  readonly #database: PostgresDatabase;
  readonly #listeners = new Set<() => void>();
  #copy: LogLevelsCopy = { revision: 0, list: [] };

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  list(): readonly SetLogLevel[] {
    return this.#copy.list;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(through: Pick<PostgresDatabase, 'run'> = this.#database): Promise<void> {
    const [current] = await through.run<{ revision: number }>(READ_REVISION);
    if (current?.revision === this.#copy.revision) return;
    const fresh = await this.#database.transaction(readLevels);
    // Two refreshes may overtake each other; the copy never goes back.
    if (fresh.revision <= this.#copy.revision) return;
    this.#copy = fresh;
    for (const listener of this.#listeners) listener();
  }

  async setLevel({ service, level, forMs }: Parameters<LogLevelRepository['setLevel']>[0]): Promise<void> {
    await this.#change((transaction) => transaction.run(SET_LEVEL, [service, level, forMs]));
  }

  async removeLevel(service: string): Promise<boolean> {
    return (await this.#change((transaction) => transaction.run(REMOVE_LEVEL, [service]))).length > 0;
  }

  async #change(work: (transaction: PostgresTransaction) => Promise<object[]>): Promise<object[]> {
    const changed = await this.#database.transaction(async (transaction) => {
      await transaction.run(RAISE_REVISION);
      return work(transaction);
    });
    await this.refresh();
    return changed;
  }
}

/** The revision is read first: a change that commits in between is then read twice, never missed. */
async function readLevels(transaction: PostgresTransaction): Promise<LogLevelsCopy> {
  const [current] = await transaction.run<{ revision: number }>(READ_REVISION);
  const rows = await transaction.run<LogLevelRow>(READ_LEVELS);
  return {
    revision: current?.revision ?? 0,
    list: rows.map(({ service, level, expires_at: expiry }) => ({
      service,
      level,
      ...(expiry !== null && { expiresAt: expiry.getTime() }),
    })),
  };
}

const READ_REVISION: Statement = {
  name: 'read_log_level_revision',
  text: 'select revision from log_level_revision',
};

const READ_LEVELS: Statement = {
  name: 'read_log_levels',
  text: 'select service, level, expires_at from log_levels order by service',
};

const RAISE_REVISION: Statement = {
  name: 'raise_log_level_revision',
  text: `
    with raised as (update log_level_revision set revision = revision + 1)
    select pg_notify('${CHANNEL}', '')`,
};

const SET_LEVEL: Statement = {
  name: 'set_log_level',
  text: `
    insert into log_levels (service, level, expires_at)
    values ($1, $2, now() + $3::bigint * interval '1 millisecond')
    on conflict (service) do update set level = excluded.level, expires_at = excluded.expires_at
    returning service`,
};

const REMOVE_LEVEL: Statement = {
  name: 'remove_log_level',
  text: 'delete from log_levels where service = $1 returning service',
};
