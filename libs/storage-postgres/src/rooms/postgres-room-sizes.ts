import type { RoomSizeReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** So many percent of the pages are looked at where the table is larger than this many pages. */
const SMALL_PAGES = 5_000;

export class PostgresRoomSizes implements RoomSizeReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listLargestRooms(limit: number): Promise<{ roomId: string; bytes: number }[]> {
    const [table] = await this.#database.run<{ pages: number }>(COUNT_PAGES);
    const share = Math.min(1, SMALL_PAGES / Math.max(1, table?.pages ?? 0));
    const rows = await this.#database.run<{ room_id: string; bytes: number }>(LIST_LARGEST, [limit, share * 100]);
    return rows.map((row) => ({ roomId: row.room_id, bytes: Math.round(row.bytes / share) }));
  }
}

const COUNT_PAGES: Statement = {
  name: 'count-pages-of-events',
  text: `select greatest(relpages, 0)::int as pages from pg_class where oid = 'events'::regclass`,
};

/** @NOTE A sample of the pages, extrapolated: counting everything would read a large table from end to end. */
const LIST_LARGEST: Statement = {
  name: 'list-largest-rooms',
  text: `select r.room_id, sampled.bytes from (
           select shard, room_nid, sum(octet_length(json) + 100)::float8 as bytes
           from events tablesample system ($2) group by shard, room_nid order by bytes desc limit $1
         ) sampled join rooms r on r.shard = sampled.shard and r.room_nid = sampled.room_nid
         order by sampled.bytes desc, r.room_id`,
};
