import type { JsonObject } from '@plexus/matrix-base';
import type { NewNoticeRoom, NoticeRoom, NoticeRoomRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface RoomRow {
  readonly user_id: string;
  readonly server_name: string;
  readonly room_id: string;
  readonly room_version: string;
  readonly create_event: Buffer;
  readonly is_made: boolean;
  readonly look: JsonObject;
  readonly look_version: number;
  readonly limit_event_id: string | null;
}

export class PostgresNoticeRooms implements NoticeRoomRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findRoom(userId: string): Promise<string | undefined> {
    const [row] = await this.#database.run<Pick<RoomRow, 'room_id'>>(FIND_ROOM_ID, [userId]);
    return row?.room_id;
  }

  async find(userId: string): Promise<NoticeRoom | undefined> {
    const [row] = await this.#database.run<RoomRow>(FIND_ROOM, [userId]);
    return row && roomOf(row);
  }

  /** @NOTE A row that is there stays: of those who insert at once one wins, and the others read what it wrote. */
  async insertOrGet(room: NewNoticeRoom): Promise<NoticeRoom | undefined> {
    const { userId, serverName, roomId, roomVersion, createEvent } = room;
    await this.#database.run(INSERT_ROOM, [userId, serverName, roomId, roomVersion, createEvent]);
    return this.find(userId);
  }

  async setMade(userId: string, roomId: string, look: JsonObject): Promise<void> {
    await this.#database.run(SET_MADE, [userId, roomId, JSON.stringify(look)]);
  }

  async setLook(
    userId: string,
    { look, lookVersion }: { readonly look: JsonObject; readonly lookVersion: number },
  ): Promise<void> {
    await this.#database.run(SET_LOOK, [userId, JSON.stringify(look), lookVersion]);
  }

  async setLimitEvent(userId: string, eventId: string | undefined): Promise<void> {
    await this.#database.run(SET_LIMIT_EVENT, [userId, eventId]);
  }

  async forget(userId: string, roomId: string): Promise<void> {
    await this.#database.run(FORGET_ROOM, [userId, roomId]);
  }

  async listLimitedServers(): Promise<string[]> {
    const rows = await this.#database.run<Pick<RoomRow, 'server_name'>>(LIST_LIMITED_SERVERS);
    return rows.map((row) => row.server_name);
  }

  async listLimited(
    serverName: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<string[]> {
    const rows = await this.#database.run<Pick<RoomRow, 'user_id'>>(LIST_LIMITED, [serverName, after, limit]);
    return rows.map((row) => row.user_id);
  }
}

function roomOf(row: RoomRow): NoticeRoom {
  return {
    userId: row.user_id,
    serverName: row.server_name,
    roomId: row.room_id,
    roomVersion: row.room_version,
    createEvent: row.create_event,
    isMade: row.is_made,
    look: row.look,
    lookVersion: row.look_version,
    limitEventId: row.limit_event_id ?? undefined,
  };
}

const FIND_ROOM_ID: Statement = {
  name: 'find_notice_room_id',
  text: 'select room_id from notice_rooms where user_id = $1',
};
const FIND_ROOM: Statement = {
  name: 'find_notice_room',
  text: `select user_id, server_name, room_id, room_version, create_event, is_made, look, look_version, limit_event_id
          from notice_rooms where user_id = $1`,
};
const INSERT_ROOM: Statement = {
  name: 'insert_notice_room',
  text: `insert into notice_rooms (user_id, server_name, room_id, room_version, create_event) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
};
const SET_MADE: Statement = {
  name: 'set_notice_room_made',
  text: `update notice_rooms set is_made = true, look = $3::jsonb
          where user_id = $1 and room_id = $2 and not is_made`,
};
const SET_LOOK: Statement = {
  name: 'set_notice_room_look',
  text: `update notice_rooms set look = $2::jsonb, look_version = look_version + 1
          where user_id = $1 and look_version = $3`,
};
const SET_LIMIT_EVENT: Statement = {
  name: 'set_notice_room_limit_event',
  text: 'update notice_rooms set limit_event_id = $2 where user_id = $1',
};
const FORGET_ROOM: Statement = {
  name: 'forget_notice_room',
  text: 'delete from notice_rooms where user_id = $1 and room_id = $2',
};
const LIST_LIMITED_SERVERS: Statement = {
  name: 'list_limited_servers',
  text: 'select distinct server_name from notice_rooms where limit_event_id is not null order by server_name',
};
const LIST_LIMITED: Statement = {
  name: 'list_limited_notice_rooms',
  text: `select user_id from notice_rooms
          where server_name = $1 and limit_event_id is not null and user_id > $2 order by user_id limit $3`,
};
