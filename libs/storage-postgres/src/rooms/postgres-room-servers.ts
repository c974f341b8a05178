import type {
  RoomNumbers,
  RoomOfServer,
  RoomOfServerPage,
  RoomServersReader,
  ServerInRoom,
  ServerNamePage,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';

/** Reads from Postgres which servers have users in rooms. */
export class PostgresRoomServers implements RoomServersReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readResidentServers(shard: number, roomNid: number): Promise<Map<string, number>> {
    const rows = await this.#database.run<ServerRow>(READ_SERVERS, [shard, roomNid]);
    return new Map(rows.map((row) => [row.server_name, row.joined_count]));
  }

  async countJoined(shard: number, roomNid: number, serverNames: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.#database.run<ServerRow>(COUNT_JOINED, [shard, roomNid, textArray(serverNames)]);
    return new Map(rows.map((row) => [row.server_name, row.joined_count]));
  }

  async findServerInRoom(shard: number, roomNid: number, serverName: string): Promise<ServerInRoom | undefined> {
    const [row] = await this.#database.run<ServerInRoomRow>(FIND_SERVER_IN_ROOM, [shard, roomNid, serverName]);
    if (row === undefined) return undefined;
    return { currentRoot: row.current_root, joinedCount: row.joined_count, invitedCount: row.invited_count };
  }

  async findResidency(serverName: string, rooms: readonly RoomNumbers[]): Promise<boolean[]> {
    if (rooms.length === 0) return [];
    const places = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
    const rows = await this.#database.run<{ is_resident: boolean }>(FIND_RESIDENCY, [serverName, ...places]);
    return rows.map((row) => row.is_resident);
  }

  async findResidentSince(serverName: string, rooms: readonly RoomNumbers[]): Promise<(number | undefined)[]> {
    if (rooms.length === 0) return [];
    const places = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
    const values = [serverName, ...places];
    const rows = await this.#database.run<{ joined_at: number | null }>(FIND_RESIDENT_SINCE, values);
    return rows.map((row) => row.joined_at ?? undefined);
  }

  async listRoomsOfServer(
    serverName: string,
    { after = BEFORE_ALL, limit }: RoomOfServerPage,
  ): Promise<RoomOfServer[]> {
    const values = [serverName, after.shard, after.roomNid, limit];
    const rows = await this.#database.run<RoomOfServerRow>(LIST_ROOMS_OF_SERVER, values);
    return rows.map((row) => ({
      shard: row.shard,
      roomNid: row.room_nid,
      roomId: row.room_id,
      roomVersion: row.room_version,
      currentRoot: row.current_root,
    }));
  }

  async listResidentServers(shard: number, roomNid: number, page: ServerNamePage): Promise<string[]> {
    const rows = await this.#database.run<ServerRow>(LIST_RESIDENT, [shard, roomNid, page.after, page.limit]);
    return rows.map((row) => row.server_name);
  }
}

interface ServerRow {
  readonly server_name: string;
  readonly joined_count: number;
}

interface ServerInRoomRow {
  readonly current_root: number;
  readonly joined_count: number;
  readonly invited_count: number;
}

const COUNT_JOINED = {
  name: 'count-joined',
  text: `select server_name, joined_count from room_servers
         where shard = $1 and room_nid = $2 and server_name = any($3::text[]) and joined_count > 0`,
};

const FIND_SERVER_IN_ROOM = {
  name: 'find-server-in-room',
  text: `select r.current_root, r.invited_count, coalesce(s.joined_count, 0) as joined_count
         from rooms r
         left join room_servers s on s.shard = r.shard and s.room_nid = r.room_nid and s.server_name = $3
         where r.shard = $1 and r.room_nid = $2`,
};

const FIND_RESIDENCY = {
  name: 'find-residency',
  text: `select s.joined_count is not null as is_resident
         from unnest($2::int[], $3::bigint[]) with ordinality as r (shard, room_nid, place)
         left join room_servers s
           on s.shard = r.shard and s.room_nid = r.room_nid and s.server_name = $1 and s.joined_count > 0
         order by r.place`,
};

const BEFORE_ALL = { shard: -1, roomNid: 0 };

interface RoomOfServerRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly room_id: string;
  readonly room_version: string;
  readonly current_root: number;
}

const LIST_ROOMS_OF_SERVER = {
  name: 'list-rooms-of-server',
  text: `select s.shard, s.room_nid, r.room_id, r.room_version, r.current_root
         from room_servers s join rooms r on r.shard = s.shard and r.room_nid = s.room_nid
         where s.server_name = $1 and (s.shard, s.room_nid) > ($2, $3) and s.joined_count > 0
         order by s.shard, s.room_nid limit $4`,
};

const FIND_RESIDENT_SINCE = {
  name: 'find-resident-since',
  text: `select s.joined_at
         from unnest($2::int[], $3::bigint[]) with ordinality as r (shard, room_nid, place)
         left join room_servers s
           on s.shard = r.shard and s.room_nid = r.room_nid and s.server_name = $1 and s.joined_count > 0
         order by r.place`,
};

const LIST_RESIDENT = {
  name: 'list-resident-servers',
  text: `select server_name, joined_count from room_servers
         where shard = $1 and room_nid = $2 and server_name > $3 and joined_count > 0 order by server_name limit $4`,
};

const READ_SERVERS = {
  name: 'read-resident-servers',
  text: 'select server_name, joined_count from room_servers where shard = $1 and room_nid = $2 and joined_count > 0',
};
