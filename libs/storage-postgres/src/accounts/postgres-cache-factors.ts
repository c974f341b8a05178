import type { CacheFactorRepository, SetCacheFactors } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import type { FollowedCopy } from './postgres-hosted-servers.ts';

const CHANNEL = 'plexus_cache_factors';
const GLOBAL = 'global';

/**
 * The process's copy of the factors that administrators have set. It is read when the revision in Postgres is another one than the copy's: after
 * every change made here, and when `PostgresHostedServers`, which listens for both, is told of one that another process made.
 */
export class PostgresCacheFactors implements CacheFactorRepository, FollowedCopy {
  readonly channel = CHANNEL;
  readonly #database: PostgresDatabase;
  readonly #listeners = new Set<() => void>();
  #copy: SetCacheFactors = { revision: 0, globalFactor: undefined, perCacheFactors: {} };

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  current(): SetCacheFactors {
    return this.#copy;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async setFactor(which: { readonly cache: string } | 'global', factor: number | undefined): Promise<void> {
    const name = which === 'global' ? GLOBAL : which.cache;
    await this.#database.transaction(async (transaction) => {
      // Changes follow one another: the revision says which factors there were.
      await transaction.run(RAISE_REVISION);
      if (factor === undefined) await transaction.run(REMOVE_FACTOR, [name]);
      else await transaction.run(SET_FACTOR, [name, factor]);
    });
    await this.refresh();
  }

  async refresh(through: Pick<PostgresDatabase, 'run'> = this.#database): Promise<void> {
    const [row] = await through.run<{ revision: number; factors: Record<string, number> | null }>(READ, [
      this.#copy.revision,
    ]);
    // Two refreshes may overtake each other; the copy never goes back.
    if (row === undefined || row.revision <= this.#copy.revision) return;
    const { [GLOBAL]: globalFactor, ...perCacheFactors } = row.factors ?? {};
    this.#copy = { revision: row.revision, globalFactor, perCacheFactors };
    for (const listener of this.#listeners) listener();
  }
}

/** One statement, so that revision and factors are of one moment. */
const READ: Statement = {
  name: 'read_cache_factors',
  text: `select revision, (select jsonb_object_agg(name, factor) from cache_factors) as factors
           from cache_factor_revision where revision <> $1::bigint`,
};
const RAISE_REVISION: Statement = {
  name: 'raise_cache_factor_revision',
  text: `with raised as (update cache_factor_revision set revision = revision + 1)
         select pg_notify('${CHANNEL}', '')`,
};
const SET_FACTOR: Statement = {
  name: 'set_cache_factor',
  text: `insert into cache_factors (name, factor) values ($1, $2)
         on conflict (name) do update set factor = excluded.factor, changed_at = now()`,
};
const REMOVE_FACTOR: Statement = {
  name: 'remove_cache_factor',
  text: 'delete from cache_factors where name = $1',
};
