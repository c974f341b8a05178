import type { PublishedRoomRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresPublishedRooms implements PublishedRoomRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async publishRoom(serverName: string, roomId: string): Promise<void> {
    await this.#database.run(PUBLISH_ROOM, [serverName, roomId]);
  }
}

const PUBLISH_ROOM: Statement = {
  name: 'publish_room',
  text: 'insert into published_rooms (server_name, room_id) values ($1, $2) on conflict do nothing',
};
