import type { RoomStateLister, RoomWithState } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Walks through rooms in Postgres. */
export class PostgresRoomStateLister implements RoomStateLister {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listRooms(
    shard: number,
    { after, limit }: { readonly after: number; readonly limit: number },
    serverNames: readonly string[],
  ): Promise<RoomWithState[]> {
    const rows = await this.#database.run<RoomRow>(LIST, [shard, after, limit, keysOf(serverNames)]);
    return rows.map(toRoom);
  }

  async listChangedRooms(
    shard: number,
    { after, limit }: { readonly after: number; readonly limit: number },
    serverNames: readonly string[],
  ): Promise<RoomWithState[] | undefined> {
    const [count] = await this.#database.run<{ count: number }>(COUNT_ROWS, [shard, after, limit]);
    if (count === undefined || count.count > limit) return undefined;
    const rows = await this.#database.run<RoomRow>(LIST_CHANGED, [shard, after, limit, keysOf(serverNames)]);
    return rows.map(toRoom);
  }
}

function keysOf(serverNames: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(serverNames.map((serverName) => [serverName, true])));
}

function toRoom(row: RoomRow): RoomWithState {
  return {
    roomNid: row.room_nid,
    roomId: row.room_id,
    roomVersion: row.room_version,
    currentRoot: row.current_root,
    hasOthers: row.has_others,
  };
}

interface RoomRow {
  readonly room_nid: number;
  readonly room_id: string;
  readonly room_version: string;
  readonly current_root: number;
  readonly has_others: boolean;
}

/**
 * @NOTE One look into the index for each room, which the limit keeps from being turned into a join: the plan that Postgres makes for any values went through
 * all servers of the shard for each room of a page. Names are keys of an object, among which one is found without going through them all.
 */
function listing(page: string): string {
  return `with page as materialized (${page})
          select p.room_nid, p.room_id, p.room_version, p.current_root, other.is_there is not null as has_others
          from page p left join lateral (
            select true as is_there from room_servers s
            where s.shard = $1 and s.room_nid = p.room_nid and s.joined_count > 0 and not $4::jsonb ? s.server_name limit 1
          ) other on true order by p.room_nid`;
}

const LIST: Statement = {
  name: 'list-rooms-with-state',
  text: listing(`select room_nid, room_id, room_version, current_root from rooms where shard = $1 and room_nid > $2
                 order by room_nid limit $3`),
};

const COUNT_ROWS: Statement = {
  name: 'count-rows-of-log',
  text: `select count(*)::int as count from (
           select from room_log where shard = $1 and position > $2 limit $3::int + 1) as newer`,
};

const LIST_CHANGED: Statement = {
  name: 'list-changed-rooms-with-state',
  text: listing(`select r.room_nid, r.room_id, r.room_version, r.current_root
                 from (select distinct l.room_nid from (
                   select room_nid from room_log where shard = $1 and position > $2 order by position limit $3) as l) as newer
                 join rooms r on r.shard = $1 and r.room_nid = newer.room_nid`),
};
