import type {
  HighlightedRoom,
  HighlightPlace,
  HighlightsPiece,
  LogTrimming,
  ReadUpTo,
  RoomNumbers,
  ShardEpoch,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { numberOfKind } from './room-log-row.ts';

/** Takes out of the logs in Postgres what nobody asks for any more. */
export class PostgresLogTrimming implements LogTrimming {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** @NOTE Rows are stored in the order of their positions, so that their ages are found by halving. */
  async findOldPosition(shard: number, olderThanMs: number): Promise<number> {
    const [last] = await this.#database.run<{ position: number }>(READ_POSITION, [shard]);
    let [old, young] = [0, (last?.position ?? 0) + 1];
    while (young - old > 1) {
      const middle = Math.floor((old + young) / 2);
      const [row] = await this.#database.run<AgedRow>(FIND_AGED, [shard, middle, olderThanMs]);
      if (row?.is_old === true) old = Math.max(middle, row.position);
      else young = middle;
    }
    return old;
  }

  async trimLog(
    owner: ShardEpoch,
    { upTo, limit }: { readonly upTo: number; readonly limit: number },
  ): Promise<{ removed: number; isDone: boolean } | undefined> {
    const [row] = await this.#database.run<TrimmedRow>(TRIM_LOG, [owner.shard, owner.epoch, upTo, limit]);
    return row?.is_held === true ? { removed: row.count, isDone: row.is_done } : undefined;
  }

  async trimHighlights(
    owner: ShardEpoch,
    { after = START, oldPosition, limit }: HighlightsPiece,
  ): Promise<{ removed: number; next: HighlightPlace | undefined } | undefined> {
    const place = [after.roomNid, after.userId, after.position];
    const values = [owner.shard, owner.epoch, ...place, oldPosition, limit];
    const [row] = await this.#database.run<TrimmedHighlights>(TRIM_HIGHLIGHTS, values);
    if (row?.is_held !== true) return undefined;
    const { room_nid: roomNid, user_id: userId, position } = row;
    const isEnd = row.seen < limit || roomNid === null || userId === null || position === null;
    return { removed: row.count, next: isEnd ? undefined : { roomNid, userId, position } };
  }

  async listHighlightedRooms(
    shard: number,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<HighlightedRoom[]> {
    const rows = await this.#database.run<HighlightedRow>(LIST_HIGHLIGHTED, [shard, after, limit]);
    return rows.map((row) => ({
      shard,
      roomNid: row.room_nid,
      roomId: row.room_id ?? undefined,
      oldest: row.oldest,
      projected: row.projected,
    }));
  }

  async readHowFar(
    { shard, roomNid }: RoomNumbers,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, ReadUpTo>> {
    const rows = await this.#database.run<ReadRow>(READ_HOW_FAR, [shard, roomNid, textArray(userIds)]);
    return new Map(rows.map(({ user_id: userId, main, threads }) => [userId, { main, threads }]));
  }

  async removeReadHighlights(owner: ShardEpoch, roomNid: number, upTo: ReadUpTo): Promise<number | undefined> {
    const values = [owner.shard, owner.epoch, roomNid, upTo.main, upTo.threads];
    const [row] = await this.#database.run<{ is_held: boolean; count: number }>(REMOVE_READ, values);
    return row?.is_held === true ? row.count : undefined;
  }
}

interface HighlightedRow {
  readonly room_nid: number;
  readonly room_id: string | null;
  readonly oldest: number;
  readonly projected: number;
}

interface ReadRow extends ReadUpTo {
  readonly user_id: string;
}

interface AgedRow {
  readonly position: number;
  readonly is_old: boolean;
}

interface TrimmedRow {
  readonly is_held: boolean;
  readonly count: number;
  readonly is_done: boolean;
}

interface TrimmedHighlights {
  readonly is_held: boolean;
  readonly count: number;
  readonly seen: number;
  readonly room_nid: number | null;
  readonly user_id: string | null;
  readonly position: number | null;
}

const START: HighlightPlace = { roomNid: 0, userId: '', position: 0 };

const READ_POSITION: Statement = {
  name: 'read-position-of-shard',
  text: 'select position from room_shards where shard = $1',
};

const FIND_AGED: Statement = {
  name: 'find-aged-row',
  text: `select position, stored_at < now() - $3::bigint * interval '1 millisecond' as is_old
         from room_log where shard = $1 and position >= $2 order by position limit 1`,
};

/** @NOTE The shard's row before all others, as in every unit of work: nobody can wait for the other in a circle. */
const TRIM_LOG: Statement = {
  name: 'trim-log',
  text: `with held as (
           select shard, trimmed, least(published, projected, $3::bigint) as goal from room_shards
           where shard = $1 and epoch = $2 for update
         ), piece as (
           select shard, trimmed as after, least(goal, trimmed + $4::bigint) as up_to, goal from held where goal > trimmed
         ), removed as (
           delete from room_log l using piece
           where l.shard = piece.shard and l.position > piece.after and l.position <= piece.up_to and (
             l.kind = ${numberOfKind('tombstone')} and l.room_nid = 0
             or (l.kind = ${numberOfKind('receipt')}
                 or l.kind = ${numberOfKind('tombstone')} and l.previous_root = l.current_root) and exists (
               select from room_log n where n.shard = l.shard and n.room_nid = l.room_nid and n.position > l.position))
           returning 1
         ), marked as (
           update room_shards s set trimmed = piece.up_to from piece where s.shard = piece.shard
         )
         select exists (select from held) as is_held, (select count(*)::int from removed) as count,
           coalesce((select up_to >= goal from piece), true) as is_done`,
};

/** A highlight for everybody is read by nobody in particular: it goes with those that all have read. */
const TRIM_HIGHLIGHTS: Statement = {
  name: 'trim-highlights',
  text: `with held as (select shard from room_shards where shard = $1 and epoch = $2 for update), piece as (
           select h.room_nid, h.user_id, h.position, h.thread_id from highlights h, held
           where h.shard = $1 and (h.room_nid, h.user_id, h.position) > ($3::bigint, $4::text, $5::bigint)
           order by h.room_nid, h.user_id, h.position limit $7
         ), doomed as (
           select room_nid, user_id, position from piece p
           where p.position <= $6::bigint or p.user_id <> '' and exists (
             select from receipts r
             where r.shard = $1 and r.user_id = p.user_id and r.room_nid = p.room_nid and r.event_position >= p.position
               and r.thread_id in ('', coalesce(p.thread_id, 'main')))
         ), removed as (
           delete from highlights h using doomed d
           where h.shard = $1 and h.room_nid = d.room_nid and h.user_id = d.user_id and h.position = d.position returning 1
         )
         select exists (select from held) as is_held, (select count(*)::int from removed) as count,
           (select count(*)::int from piece) as seen, last.room_nid, last.user_id, last.position
         from (select) as one left join lateral (
           select room_nid, user_id, position from piece order by room_nid desc, user_id desc, position desc limit 1
         ) as last on true`,
};

/** @NOTE The primary key has them in order, so that a page costs what lies before its end. */
const LIST_HIGHLIGHTED: Statement = {
  name: 'list-highlighted-rooms',
  text: `select h.room_nid, r.room_id, h.oldest, s.projected
         from (select shard, room_nid, min(position) as oldest from highlights
               where shard = $1 and room_nid > $2 and user_id = '' group by shard, room_nid order by room_nid limit $3) as h
         join room_shards s on s.shard = h.shard
         left join rooms r on r.shard = h.shard and r.room_nid = h.room_nid
         order by h.room_nid`,
};

const READ_HOW_FAR: Statement = {
  name: 'read-how-far',
  text: `select user_id, coalesce(max(event_position) filter (where thread_id in ('', 'main')), 0)::bigint as main,
           coalesce(max(event_position) filter (where thread_id = ''), 0)::bigint as threads
         from receipts where shard = $1 and room_nid = $2 and user_id = any($3::text[]) group by user_id`,
};

const REMOVE_READ: Statement = {
  name: 'remove-read-highlights',
  text: `with held as (select shard from room_shards where shard = $1 and epoch = $2 for update), removed as (
           delete from highlights h using held
           where h.shard = held.shard and h.room_nid = $3 and h.user_id = ''
             and h.position <= case when h.thread_id is null then $4::bigint else $5::bigint end
           returning 1
         )
         select exists (select from held) as is_held, (select count(*)::int from removed) as count`,
};
