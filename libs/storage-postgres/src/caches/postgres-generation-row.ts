import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface GenerationRowState {
  readonly generation: number;
  readonly home: string | null;
  readonly is_settled: boolean;
  readonly closed_for_ms: number;
}

/** The generation of the shared caches. Structurally the `GenerationRow` of `@plexus/cache`; every time is told by Postgres's clock. */
export class PostgresGenerationRow {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async read(): Promise<
    { generation: number; home: string | undefined; isSettled: boolean; closedForMs: number } | undefined
  > {
    const [row] = await this.#database.run<GenerationRowState>(READ);
    if (row === undefined) return undefined;
    const { generation, home, is_settled: isSettled, closed_for_ms: closedForMs } = row;
    return { generation, home: home ?? undefined, isSettled, closedForMs };
  }

  async raise(closedMs: number, seen?: number): Promise<void> {
    await this.#database.run(RAISE, [closedMs, seen]);
  }

  async claim(generation: number, home: string): Promise<void> {
    await this.#database.run(CLAIM, [generation, home]);
  }
}

const READ: Statement = {
  name: 'read_cache_generation',
  text: `select generation, home, is_settled or home_of is not distinct from generation as is_settled,
           case when closed_until <= clock_timestamp() then 0
             else extract(epoch from closed_until - clock_timestamp())::float8 * 1000 end as closed_for_ms
         from cache_generation`,
};
/** @NOTE Who waits for the row's lock may be closed for less by that: the caller counts from before it asked. */
const RAISE: Statement = {
  name: 'raise_cache_generation',
  text: `update cache_generation set generation = generation + 1, is_settled = false,
           closed_until = greatest(closed_until, clock_timestamp() + make_interval(secs => $1::float8 / 1000))
         where generation = coalesce($2::bigint, generation)`,
};
/** @NOTE The release before uses what `is_settled`, open or not: so that is left for it to say where the generation is still closed. */
const CLAIM: Statement = {
  name: 'claim_cache_generation',
  text: `update cache_generation set home = $2, home_of = generation, is_settled = closed_until <= clock_timestamp()
         where generation = $1 and not is_settled and home_of is distinct from generation`,
};
