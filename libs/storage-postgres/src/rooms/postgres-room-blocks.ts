import { roomShardOf } from '@plexus/storage';
import type { RoomBlock, RoomBlockReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresRoomBlocks implements RoomBlockReader {
  readonly #database: PostgresDatabase;
  readonly #roomShards: number;

  constructor(database: PostgresDatabase, roomShards: number) {
    this.#database = database;
    this.#roomShards = roomShards;
  }

  async findBlocks(roomId: string): Promise<RoomBlock[]> {
    const values = [roomShardOf(roomId, this.#roomShards), roomId];
    const rows = await this.#database.run<{ server_name: string; blocked_by: string }>(FIND_BLOCKS, values);
    return rows.map((row) => ({ serverName: row.server_name, blockedBy: row.blocked_by }));
  }
}

const FIND_BLOCKS: Statement = {
  name: 'find-room-blocks',
  text: 'select server_name, blocked_by from blocked_rooms where shard = $1 and room_id = $2 order by server_name',
};
