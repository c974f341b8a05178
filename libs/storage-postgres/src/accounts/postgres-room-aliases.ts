import { serverNameOf } from '@plexus/matrix-base';
import type { LocalAliasReader, RoomAlias, RoomAliasRepository } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface AliasRow {
  readonly room_id: string;
  readonly creator: string;
  readonly created_at: Date;
}

export class PostgresRoomAliases implements RoomAliasRepository, LocalAliasReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findAlias(roomAlias: string): Promise<RoomAlias | undefined> {
    const [row] = await this.#database.run<AliasRow>(FIND_ALIAS, [roomAlias]);
    return row && { roomAlias, roomId: row.room_id, creator: row.creator, createdAt: row.created_at.getTime() };
  }

  async addAlias({ roomAlias, roomId, creator }: Omit<RoomAlias, 'createdAt'>): Promise<boolean> {
    const values = [roomAlias, serverNameOf(roomAlias), roomId, creator];
    return (await this.#database.run(ADD_ALIAS, values)).length === 1;
  }

  async listAliases(roomId: string, serverName: string): Promise<string[]> {
    const rows = await this.#database.run<{ room_alias: string }>(LIST_ALIASES, [roomId, serverName]);
    return rows.map((row) => row.room_alias);
  }

  async listLocalAliases(roomIds: readonly string[]): Promise<Map<string, string[]>> {
    const rows = await this.#database.run<{ room_id: string; aliases: string[] }>(LIST_LOCAL, [textArray(roomIds)]);
    return new Map(rows.map((row) => [row.room_id, row.aliases]));
  }

  async moveAliases(fromRoomId: string, toRoomId: string, serverName: string): Promise<readonly string[]> {
    const values = [fromRoomId, toRoomId, serverName];
    const rows = await this.#database.run<{ room_alias: string }>(MOVE_ALIASES, values);
    return rows.map((row) => row.room_alias);
  }

  async removeAlias(roomAlias: string, roomId: string): Promise<boolean> {
    return (await this.#database.run(REMOVE_ALIAS, [roomAlias, roomId])).length === 1;
  }

  async listServerAliases(serverName: string, limit: number): Promise<string[]> {
    const rows = await this.#database.run<{ room_alias: string }>(LIST_OF_SERVER, [serverName, limit]);
    return rows.map((row) => row.room_alias);
  }

  async removeAliases(roomAliases: readonly string[]): Promise<void> {
    await this.#database.run(REMOVE_SOME, [textArray(roomAliases)]);
  }
}

const FIND_ALIAS: Statement = {
  name: 'find_alias',
  text: 'select room_id, creator, created_at from room_aliases where room_alias = $1',
};
const ADD_ALIAS: Statement = {
  name: 'add_alias',
  text: `insert into room_aliases (room_alias, server_name, room_id, creator) values ($1, $2, $3, $4)
         on conflict (room_alias) do nothing returning 1`,
};
const LIST_ALIASES: Statement = {
  name: 'list_aliases',
  text: 'select room_alias from room_aliases where room_id = $1 and server_name = $2 order by room_alias',
};
const LIST_LOCAL: Statement = {
  name: 'list_local_aliases',
  text: `select room_id, array_agg(room_alias) as aliases from room_aliases where room_id = any($1::text[])
         group by room_id`,
};
const MOVE_ALIASES: Statement = {
  name: 'move_aliases',
  text: 'update room_aliases set room_id = $2 where room_id = $1 and server_name = $3 returning room_alias',
};
const REMOVE_ALIAS: Statement = {
  name: 'remove_alias',
  text: 'delete from room_aliases where room_alias = $1 and room_id = $2 returning 1',
};
const LIST_OF_SERVER: Statement = {
  name: 'list_aliases_of_server',
  text: 'select room_alias from room_aliases where server_name = $1 limit $2',
};
const REMOVE_SOME: Statement = {
  name: 'remove_some_aliases',
  text: 'delete from room_aliases where room_alias = any($1::text[])',
};
