import type { RoomCreation, RoomCreationRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface CreationRow {
  readonly room_id: string;
  readonly create_event: Buffer;
}

export class PostgresRoomCreations implements RoomCreationRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeCreation(creation: RoomCreation): Promise<RoomCreation | undefined> {
    const { commandId, roomId, createEvent } = creation;
    const added = await this.#database.run(STORE_CREATION, [commandId, roomId, createEvent]);
    if (added.length === 1) return creation;
    const [row] = await this.#database.run<CreationRow>(FIND_CREATION, [commandId]);
    return row && { commandId, roomId: row.room_id, createEvent: row.create_event };
  }
}

const STORE_CREATION: Statement = {
  name: 'store_creation',
  text: `insert into room_creations (command_id, room_id, create_event) values ($1, $2, $3)
         on conflict do nothing returning 1`,
};
const FIND_CREATION: Statement = {
  name: 'find_creation',
  text: 'select room_id, create_event from room_creations where command_id = $1',
};
