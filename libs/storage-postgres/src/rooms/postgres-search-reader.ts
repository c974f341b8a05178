import { SEARCH_KEYS } from '@plexus/storage';
import type { SearchHit, SearchQuery, SearchReader } from '@plexus/storage';
import { int2Array, int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Parameter, Statement } from '../postgres/statement.ts';

const NEWEST = Number.MAX_SAFE_INTEGER;
/** For users in more rooms, only the words are looked up in the index, and the rooms are compared. */
const ROOMS_IN_INDEX = 300;

/** Searches texts by Postgres's full-text search. */
export class PostgresSearchReader implements SearchReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async search(query: SearchQuery): Promise<SearchHit[]> {
    const { after, order, limit } = query;
    const statement = order === 'rank' ? SEARCH_BY_RANK : SEARCH_RECENT;
    const rows = await this.#database.run<HitRow>(statement, [
      ...conditionsOf(query),
      limit,
      after?.originServerTs ?? NEWEST,
      after?.shard ?? 0,
      after?.eventNid ?? 0,
      ...(order === 'rank' ? [after?.rank ?? Number.MAX_VALUE] : []),
    ]);
    return rows.map((row) => ({
      shard: row.shard,
      roomNid: row.room_nid,
      eventNid: row.event_nid,
      originServerTs: row.origin_server_ts,
      rank: row.rank,
    }));
  }

  async countHits(query: SearchQuery): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT_HITS, conditionsOf(query));
    return row?.count ?? 0;
  }

  async findHighlights(texts: readonly string[], term: string, language: string): Promise<string[]> {
    if (texts.length === 0) return [];
    const rows = await this.#database.run<{ word: string }>(FIND_HIGHLIGHTS, [language, term, textArray(texts)]);
    return rows.map((row) => row.word);
  }
}

interface HitRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly event_nid: number;
  readonly origin_server_ts: number;
  readonly rank: number;
}

function conditionsOf({ language, term, rooms, keys, sender }: SearchQuery): Parameter[] {
  const lexemes = rooms.map(({ shard, roomNid }) => `'ROOM ${shard} ${roomNid}'`);
  return [
    language,
    term,
    rooms.length <= ROOMS_IN_INDEX ? lexemes.join(' | ') : null,
    int4Array(rooms.map(({ shard }) => shard)),
    int8Array(rooms.map(({ roomNid }) => roomNid)),
    int2Array(keys.map((key) => SEARCH_KEYS.indexOf(key))),
    sender ?? null,
  ];
}

/** So many hits are counted, and the newest of them ranked. */
const MOST = 5_000;

/** @NOTE The room is a word of the index too: what others say elsewhere costs nothing. */
const QUERY = `
  q as materialized (
    select websearch_to_tsquery($1::text::regconfig, $2) as words,
      case when $3::text is null then websearch_to_tsquery($1::text::regconfig, $2)
        else websearch_to_tsquery($1::text::regconfig, $2) && $3::text::tsquery end as scoped
  ), wanted as materialized (select * from unnest($4::int[], $5::bigint[]) as r (shard, room_nid))`;

const MATCHING = `
  numnode(q.words) > 0 and s.vector @@ q.scoped and (s.shard, s.room_nid) in (select shard, room_nid from wanted)
    and s.key = any($6::smallint[]) and ($7::text is null or s.sender = $7)`;

const SEARCH_RECENT: Statement = {
  name: 'search-recent',
  text: `with ${QUERY}
         select s.shard, s.room_nid, s.event_nid, s.origin_server_ts, ts_rank_cd(s.vector, q.words)::float8 as rank
         from q, event_search s
         where ${MATCHING} and (s.origin_server_ts, -s.shard, s.event_nid) < ($9::bigint, -$10::int, $11::bigint)
         order by s.origin_server_ts desc, s.shard, s.event_nid desc limit $8`,
};

const SEARCH_BY_RANK: Statement = {
  name: 'search-by-rank',
  text: `with ${QUERY}, hits as (
           select s.shard, s.room_nid, s.event_nid, s.origin_server_ts, s.vector from q, event_search s where ${MATCHING}
           order by s.origin_server_ts desc limit ${MOST}
         ), ranked as (
           select shard, room_nid, event_nid, origin_server_ts, ts_rank_cd(vector, q.words)::float8 as rank from hits, q
         )
         select * from ranked
         where (rank, origin_server_ts, -shard, event_nid) < ($12::float8, $9::bigint, -$10::int, $11::bigint)
         order by rank desc, origin_server_ts desc, shard, event_nid desc limit $8`,
};

const COUNT_HITS: Statement = {
  name: 'count-search-hits',
  text: `with ${QUERY}
         select count(*) as count from (select from q, event_search s where ${MATCHING} limit ${MOST}) hits`,
};

/** Words of the texts, of kinds that have letters or digits, with the same lexemes as a word of the term. */
const FIND_HIGHLIGHTS: Statement = {
  name: 'find-search-highlights',
  text: `select distinct lower(p.token) as word
         from unnest($3::text[]) as t (text) cross join lateral ts_parse('default', t.text) p
         where p.tokid not in (12, 13, 14)
           and tsvector_to_array(to_tsvector($1::text::regconfig, p.token))
             && tsvector_to_array(to_tsvector($1::text::regconfig, $2))
         order by word`,
};
