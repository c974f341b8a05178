import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import type { FollowedCopy } from './postgres-hosted-servers.ts';

/** How often somebody said that no cache may go on with what it has, for processes whose caches nobody else can reach. */
export class PostgresDroppedCaches implements FollowedCopy {
  readonly channel = 'plexus_dropped_caches';
  readonly #database: PostgresDatabase;
  #generation = 0;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** Another number with each time; it never falls. */
  current(): number {
    return this.#generation;
  }

  async drop(): Promise<void> {
    await this.#database.run(DROP);
    await this.refresh();
  }

  async refresh(through: Pick<PostgresDatabase, 'run'> = this.#database): Promise<void> {
    const [row] = await through.run<{ generation: number }>(READ);
    this.#generation = Math.max(this.#generation, row?.generation ?? 0);
  }
}

const DROP: Statement = { name: 'drop-caches', text: 'select drop_caches()' };
const READ: Statement = { name: 'read-dropped-caches', text: 'select generation from cache_generation' };
