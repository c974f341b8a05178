import type { HierarchyPageRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresHierarchyPages implements HierarchyPageRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storePage(
    { token, userId, walk }: { readonly token: string; readonly userId: string; readonly walk: string },
    maxAgeMs: number,
  ): Promise<void> {
    await Promise.all([this.#database.run(STORE, [token, userId, walk]), this.#database.run(REMOVE_OLD, [maxAgeMs])]);
  }

  async findPage(token: string, userId: string): Promise<string | undefined> {
    const [row] = await this.#database.run<{ walk: string }>(FIND, [token, userId]);
    return row?.walk;
  }
}

const STORE: Statement = {
  name: 'store_hierarchy_page',
  text: 'insert into hierarchy_pages (token, user_id, walk) values ($1, $2, $3)',
};
const FIND: Statement = {
  name: 'find_hierarchy_page',
  text: 'select walk from hierarchy_pages where token = $1 and user_id = $2',
};
const REMOVE_OLD: Statement = {
  name: 'remove_hierarchy_pages',
  text: `delete from hierarchy_pages where token in (
           select token from hierarchy_pages where created_at < now() - make_interval(secs => $1::float8 / 1000) limit 50
         )`,
};
