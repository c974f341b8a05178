import type { SharedRoom, SharedRoomReader, SharedRoomsQuery } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { numberOfKind } from './room-log-row.ts';

/** Reads from Postgres, for administrators, which rooms another server is, or was, in. */
export class PostgresSharedRooms implements SharedRoomReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async pageSharedRooms({
    serverName,
    sharedBy,
    descending,
    offset,
    limit,
  }: SharedRoomsQuery): Promise<{ rooms: SharedRoom[]; total: number }> {
    const [counted] = await this.#database.run<{ total: number }>(COUNT_SHARED, [serverName, sharedBy]);
    const statement = descending ? PAGE_SHARED_DESCENDING : PAGE_SHARED;
    const rows = await this.#database.run<SharedRow>(statement, [serverName, sharedBy, limit, offset]);
    return {
      rooms: rows.map((row) => ({ roomId: row.room_id, position: row.position ?? 0 })),
      total: counted?.total ?? 0,
    };
  }
}

interface SharedRow {
  readonly room_id: string;
  readonly position: number | null;
}

const SHARED = `from room_servers s join rooms r on r.shard = s.shard and r.room_nid = s.room_nid
  where s.server_name = $1 and ($2::text is null or exists (
    select from room_servers o where o.shard = s.shard and o.room_nid = s.room_nid and o.server_name = $2
  ))`;

const COUNT_SHARED: Statement = { name: 'count-shared-rooms', text: `select count(*) as total ${SHARED}` };
const PAGE_SHARED = pageShared('asc');
const PAGE_SHARED_DESCENDING = pageShared('desc');

function pageShared(direction: 'asc' | 'desc'): Statement {
  return {
    name: `page-shared-rooms-${direction}`,
    text: `select page.room_id, (
             select l.position from room_log l
             where l.shard = page.shard and l.room_nid = page.room_nid and l.kind = ${numberOfKind('event')}
             order by l.position desc limit 1
           ) as position
           from (
             select r.room_id, r.shard, r.room_nid ${SHARED} order by r.room_id ${direction} limit $3 offset $4
           ) as page order by page.room_id ${direction}`,
  };
}
