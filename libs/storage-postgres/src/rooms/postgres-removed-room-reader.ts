import type { RemovedRoomReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Counts in Postgres what is left of rooms that are gone. */
export class PostgresRemovedRoomReader implements RemovedRoomReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async countRemovedRooms(removedFor: string): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT, [removedFor]);
    return row?.count ?? 0;
  }
}

const COUNT: Statement = {
  name: 'count-removed-rooms',
  text: 'select count(*)::int as count from removed_rooms where removed_for = $1',
};
