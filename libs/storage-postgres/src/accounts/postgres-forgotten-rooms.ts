import type { ForgottenRoomRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresForgottenRooms implements ForgottenRoomRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findForgottenRooms(userId: string): Promise<Map<string, number>> {
    const rows = await this.#database.run<{ room_id: string; position: number }>(FIND_FORGOTTEN_ROOMS, [userId]);
    return new Map(rows.map((row) => [row.room_id, row.position]));
  }

  async findForgottenRoom(userId: string, roomId: string): Promise<number | undefined> {
    const [row] = await this.#database.run<{ position: number }>(FIND_FORGOTTEN_ROOM, [userId, roomId]);
    return row?.position;
  }

  async forgetRoom(userId: string, roomId: string, position: number): Promise<void> {
    await this.#database.run(FORGET_ROOM, [userId, roomId, position]);
  }
}

const FIND_FORGOTTEN_ROOMS: Statement = {
  name: 'find_forgotten_rooms',
  text: 'select room_id, position from forgotten_rooms where user_id = $1',
};
const FIND_FORGOTTEN_ROOM: Statement = {
  name: 'find_forgotten_room',
  text: 'select position from forgotten_rooms where user_id = $1 and room_id = $2',
};
const FORGET_ROOM: Statement = {
  name: 'forget_room',
  text: `insert into forgotten_rooms (user_id, room_id, position) values ($1, $2, $3)
         on conflict (user_id, room_id) do update set position = greatest(forgotten_rooms.position, excluded.position)`,
};
