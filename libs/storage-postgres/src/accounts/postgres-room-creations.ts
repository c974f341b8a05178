import type { RoomCreation, RoomCreationRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresRoomCreations implements RoomCreationRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeCreation({ commandId, roomId, createEvent }: RoomCreation): Promise<RoomCreation> {
    const values = [commandId, roomId, createEvent];
    const [row] = await this.#database.run<{ room_id: string; create_event: Buffer }>(STORE_CREATION, values);
    if (row === undefined) throw new TypeError('The statement returned no row');
    return { commandId, roomId: row.room_id, createEvent: row.create_event };
  }
}

const STORE_CREATION: Statement = {
  name: 'store_creation',
  text: `insert into room_creations (command_id, room_id, create_event) values ($1, $2, $3)
         on conflict (command_id) do update set command_id = excluded.command_id
         returning room_id, create_event`,
};
