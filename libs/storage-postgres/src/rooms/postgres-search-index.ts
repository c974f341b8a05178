import { SEARCH_KEYS } from '@plexus/storage';
import type { SearchIndexWriter, SearchProgress, SearchUpdate, ShardEpoch } from '@plexus/storage';
import { int2Array, int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Keeps the search index in Postgres. */
export class PostgresSearchIndex implements SearchIndexWriter {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readSearchProgress(shard: number): Promise<SearchProgress | undefined> {
    const [row] = await this.#database.run<{ position: number; language: string }>(READ_PROGRESS, [shard]);
    return row && { position: row.position, language: row.language };
  }

  async updateSearchIndex({ language, documents, removed, reached }: SearchUpdate): Promise<void> {
    await this.#database.run(UPDATE_INDEX, [
      language,
      int4Array(reached.map(({ shard }) => shard)),
      int8Array(reached.map(({ epoch }) => epoch)),
      int8Array(reached.map(({ position }) => position)),
      int4Array(documents.map(({ shard }) => shard)),
      int8Array(documents.map(({ eventNid }) => eventNid)),
      int8Array(documents.map(({ roomNid }) => roomNid)),
      textArray(documents.map(({ sender }) => sender)),
      int2Array(documents.map(({ key }) => SEARCH_KEYS.indexOf(key))),
      int8Array(documents.map(({ originServerTs }) => originServerTs)),
      textArray(documents.map(({ text }) => text)),
      int4Array(removed.map(({ shard }) => shard)),
      int8Array(removed.map(({ eventNid }) => eventNid)),
    ]);
  }

  async clearSearchIndex({ shard, epoch }: ShardEpoch, limit: number): Promise<number | undefined> {
    const [row] = await this.#database.run<{ is_held: boolean; count: number }>(CLEAR_INDEX, [shard, epoch, limit]);
    return row?.is_held === true ? row.count : undefined;
  }
}

const READ_PROGRESS: Statement = {
  name: 'read-search-progress',
  text: 'select position, language from search_progress where shard = $1',
};

/**
 * @NOTE The shards' rows are not locked: a unit of work must not wait for the words of others' texts. A former owner that gets through adds what
 * follows from the log all the same.
 */
const UPDATE_INDEX: Statement = {
  name: 'update-search-index',
  text: `with held as (
           select s.shard, r.position from unnest($2::int[], $3::bigint[], $4::bigint[]) as r (shard, epoch, position)
           join room_shards s on s.shard = r.shard and s.epoch = r.epoch
         ), added as (
           insert into event_search (shard, event_nid, room_nid, sender, key, origin_server_ts, vector)
           select d.shard, d.event_nid, d.room_nid, d.sender, d.key, d.origin_server_ts,
             to_tsvector($1::text::regconfig, d.text) || array_to_tsvector(array['ROOM ' || d.shard || ' ' || d.room_nid])
           from unnest($5::int[], $6::bigint[], $7::bigint[], $8::text[], $9::smallint[], $10::bigint[], $11::text[])
             as d (shard, event_nid, room_nid, sender, key, origin_server_ts, text) join held on held.shard = d.shard
           where exists (select from events e where e.shard = d.shard and e.event_nid = d.event_nid)
           on conflict (shard, event_nid) do nothing
         ), removed as (
           delete from event_search s using unnest($12::int[], $13::bigint[]) as r (shard, event_nid)
           where s.shard = r.shard and s.event_nid = r.event_nid
         )
         insert into search_progress as p (shard, position, language) select held.shard, held.position, $1 from held
         on conflict (shard) do update set position = greatest(p.position, excluded.position), language = excluded.language`,
};

/** What is cleared is to be done again: progress goes first. */
const CLEAR_INDEX: Statement = {
  name: 'clear-search-index',
  text: `with held as (select shard from room_shards where shard = $1 and epoch = $2), undone as (
           delete from search_progress p using held where p.shard = held.shard
         ), doomed as (
           select s.event_nid from event_search s, held where s.shard = held.shard order by s.event_nid limit $3
         ), removed as (
           delete from event_search s using held, doomed where s.shard = held.shard and s.event_nid = doomed.event_nid
           returning 1
         )
         select exists (select from held) as is_held, (select count(*)::int from removed) as count`,
};
