import { MAX_FILTERS } from '@plexus/storage';
import type { FilterRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresFilters implements FilterRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findFilter(userId: string, filterId: number): Promise<string | undefined> {
    const [row] = await this.#database.run<{ definition: string }>(FIND_FILTER, [userId, filterId]);
    return row?.definition;
  }

  /** The user's row is locked: two uploads at once get two numbers. */
  async storeFilter(userId: string, definition: string): Promise<number | undefined> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_USER, [userId]);
      const [known] = await transaction.run<{ filter_id: number }>(FIND_EQUAL_FILTER, [userId, definition]);
      if (known !== undefined) return known.filter_id;
      const [added] = await transaction.run<{ filter_id: number }>(ADD_FILTER, [userId, definition, MAX_FILTERS]);
      return added?.filter_id;
    });
  }
}

const FIND_FILTER: Statement = {
  name: 'find_filter',
  text: 'select definition from filters where user_id = $1 and filter_id = $2',
};
const LOCK_USER: Statement = {
  name: 'lock_user',
  text: 'select 1 from users where user_id = $1 for no key update',
};
const FIND_EQUAL_FILTER: Statement = {
  name: 'find_equal_filter',
  text: 'select filter_id from filters where user_id = $1 and definition = $2',
};
const ADD_FILTER: Statement = {
  name: 'add_filter',
  text: `insert into filters (user_id, filter_id, definition)
         select $1, coalesce(max(filter_id) + 1, 0), $2 from filters where user_id = $1
         having count(*) < $3::bigint
         returning filter_id`,
};
