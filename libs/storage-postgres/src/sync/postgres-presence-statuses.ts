import type { PresenceStatusRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresPresenceStatuses implements PresenceStatusRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findStatus(userId: string): Promise<string | undefined> {
    const [row] = await this.#database.run<{ message: string }>(FIND_STATUS, [userId]);
    return row?.message;
  }

  /** @NOTE What does not change is not written. */
  async storeStatus(userId: string, message: string | undefined): Promise<void> {
    if (message === undefined) await this.#database.run(REMOVE_STATUS, [userId]);
    else await this.#database.run(STORE_STATUS, [userId, message]);
  }
}

const FIND_STATUS: Statement = {
  name: 'find_presence_status',
  text: 'select message from presence_statuses where user_id = $1',
};
const REMOVE_STATUS: Statement = {
  name: 'remove_presence_status',
  text: 'delete from presence_statuses where user_id = $1',
};
const STORE_STATUS: Statement = {
  name: 'store_presence_status',
  text: `insert into presence_statuses as s (user_id, message)
         select user_id, $2 from users where user_id = $1 and deactivated_at is null
         on conflict (user_id) do update set message = excluded.message where s.message <> excluded.message`,
};
