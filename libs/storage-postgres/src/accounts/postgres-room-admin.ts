import type { RoomAdminRepository, RoomUser, RoomUserQuery } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresRoomAdmin implements RoomAdminRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listUsersOfRoom(roomId: string, query: RoomUserQuery): Promise<RoomUser[]> {
    const values = [roomId, textArray(query.memberships), query.serverName, query.after, query.limit];
    const rows = await this.#database.run<{ user_id: string; membership: string }>(LIST_USERS_OF_ROOM, values);
    return rows.map((row) => ({ userId: row.user_id, membership: row.membership }));
  }

  async countDevicesInRoom(roomId: string, serverName: string | undefined): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT_DEVICES, [roomId, serverName]);
    return row?.count ?? 0;
  }

  async isPublished(roomId: string, serverName: string | undefined): Promise<boolean> {
    return (await this.#database.run(FIND_PUBLISHED, [roomId, serverName])).length > 0;
  }

  async listPublishedRooms(serverName: string | undefined): Promise<string[]> {
    const rows = await this.#database.run<{ room_id: string }>(LIST_PUBLISHED, [serverName]);
    return rows.map((row) => row.room_id);
  }

  async isForgotten(roomId: string): Promise<boolean> {
    return (await this.#database.run(FIND_REMEMBERED, [roomId])).length === 0;
  }

  async listAliasesOfRoom(roomId: string, serverName: string | undefined): Promise<string[]> {
    const rows = await this.#database.run<{ room_alias: string }>(LIST_ALIASES, [roomId, serverName]);
    return rows.map((row) => row.room_alias);
  }

  async moveAlias(roomAlias: string, from: string, to: string): Promise<void> {
    await this.#database.run(MOVE_ALIAS, [roomAlias, from, to]);
  }

  async removeRoomNames(roomId: string, serverName: string | undefined): Promise<readonly string[]> {
    return this.#database.transaction(async (transaction) => {
      const removed = await transaction.run<{ room_alias: string }>(REMOVE_ALIASES, [roomId, serverName]);
      await transaction.run(REMOVE_PUBLISHED, [roomId, serverName]);
      return removed.map((row) => row.room_alias);
    });
  }
}

const OF_SERVER = '($2::text is null or server_name = $2)';

const LIST_USERS_OF_ROOM: Statement = {
  name: 'list_users_of_room',
  text: `select user_id, membership from user_rooms
          where room_id = $1 and membership = any($2::text[]) and user_id > $4
            and ($3::text is null or substr(user_id, strpos(user_id, ':') + 1) = $3)
          order by user_id limit $5`,
};
const COUNT_DEVICES: Statement = {
  name: 'count_devices_in_room',
  text: `select count(*) as count from user_rooms r join devices d on d.user_id = r.user_id
          where r.room_id = $1 and r.membership = 'join'
            and ($2::text is null or substr(r.user_id, strpos(r.user_id, ':') + 1) = $2)`,
};
const FIND_PUBLISHED: Statement = {
  name: 'find_published_anywhere',
  text: `select 1 from published_rooms where room_id = $1 and ${OF_SERVER} limit 1`,
};
const LIST_PUBLISHED: Statement = {
  name: 'list_published_anywhere',
  text: 'select distinct room_id from published_rooms where $1::text is null or server_name = $1',
};
const FIND_REMEMBERED: Statement = {
  name: 'find_who_remembers_room',
  text: `select 1 from user_rooms r
          where r.room_id = $1 and not exists (
            select from forgotten_rooms f
             where f.user_id = r.user_id and f.room_id = r.room_id and f.position >= r.position)
          limit 1`,
};
const LIST_ALIASES: Statement = {
  name: 'list_aliases_for_admin',
  text: `select room_alias from room_aliases where room_id = $1 and ${OF_SERVER} order by room_alias`,
};
const MOVE_ALIAS: Statement = {
  name: 'move_room_alias',
  text: 'update room_aliases set room_id = $3 where room_alias = $1 and room_id = $2',
};
const REMOVE_ALIASES: Statement = {
  name: 'remove_aliases_of_room',
  text: `delete from room_aliases where room_id = $1 and ${OF_SERVER} returning room_alias`,
};
const REMOVE_PUBLISHED: Statement = {
  name: 'remove_published_of_room',
  text: `delete from published_rooms where room_id = $1 and ${OF_SERVER}`,
};
