import type { RoomNumbers, StoredUnread, UnreadReader } from '@plexus/storage';
import type { Highlight, ReadMark } from '@plexus/room-dag';
import { int4Array, int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import { UnreadFlag } from './unread-flags.ts';

/**
 * Reads from Postgres what a user has not read. Counts and marks are of one snapshot; what follows is read up to the position of that
 * snapshot, and never changes.
 */
export class PostgresUnreadReader implements UnreadReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readUnread(userId: string, rooms: readonly RoomNumbers[]): Promise<StoredUnread[]> {
    if (rooms.length === 0) return [];
    const [shards, nids] = [rooms.map(({ shard }) => shard), rooms.map(({ roomNid }) => roomNid)];
    const rows = await this.#database.run<CountRow>(READ_COUNTS, [userId, int4Array(shards), int8Array(nids)]);
    const counted = rows.map((row) => ({ ...row, marks: row.marks.map(toReadMark) }));
    const [highlights, threadEvents] = await Promise.all([
      this.#readHighlights(userId, counted),
      this.#readThreadEvents(counted.filter(hasUnreadThreads)),
    ]);
    return counted.map((room) => ({
      shard: room.shard,
      roomNid: room.room_nid,
      position: room.position,
      notifyCount: room.notify_count,
      threadNotifyCount: room.thread_notify_count,
      marks: room.marks,
      highlights: highlights.get(keyOf(room)) ?? [],
      threadEvents: threadEvents.get(keyOf(room)) ?? [],
    }));
  }

  async #readHighlights(userId: string, rooms: readonly CountedRoom[]): Promise<Map<string, Highlight[]>> {
    const rows = await this.#database.run<HighlightRow>(READ_HIGHLIGHTS, [...rangesOf(rooms), userId]);
    return byRoom(rows, (row) => ({
      threadId: row.thread_id ?? undefined,
      position: row.position,
      isCounted: row.is_counted,
    }));
  }

  async #readThreadEvents(rooms: readonly CountedRoom[]): Promise<Map<string, ThreadEvent[]>> {
    if (rooms.length === 0) return new Map();
    const rows = await this.#database.run<ThreadEventRow>(READ_THREAD_EVENTS, rangesOf(rooms));
    return byRoom(rows, (row) => ({ threadId: row.thread_id, position: row.position }));
  }
}

interface RoomRow {
  readonly shard: number;
  readonly room_nid: number;
}

interface CountRow extends RoomRow {
  readonly position: number;
  readonly notify_count: number;
  readonly thread_notify_count: number;
  readonly marks: readonly [threadId: string, position: number, notifyCount: number, threadNotifyCount: number][];
}

type CountedRoom = Omit<CountRow, 'marks'> & { readonly marks: readonly ReadMark[] };

interface HighlightRow extends RoomRow {
  readonly thread_id: string | null;
  readonly position: number;
  readonly is_counted: boolean;
}

type ThreadEvent = StoredUnread['threadEvents'][number];

interface ThreadEventRow extends RoomRow {
  readonly thread_id: string;
  readonly position: number;
}

function toReadMark([threadId, position, notifyCount, threadNotifyCount]: CountRow['marks'][number]): ReadMark {
  return { threadId, position, notifyCount, threadNotifyCount };
}

/** The latest mark of the whole room. */
function wholeMark({ marks }: CountedRoom): Pick<ReadMark, 'position' | 'threadNotifyCount'> {
  const whole = marks.filter(({ threadId }) => threadId === '');
  return whole.toSorted((a, b) => b.position - a.position)[0] ?? { position: 0, threadNotifyCount: 0 };
}

function hasUnreadThreads(room: CountedRoom): boolean {
  return room.thread_notify_count > wholeMark(room).threadNotifyCount;
}

/** Shards, numbers, and positions from the mark of the whole room to the snapshot. */
function rangesOf(rooms: readonly CountedRoom[]): Buffer[] {
  return [
    int4Array(rooms.map(({ shard }) => shard)),
    int8Array(rooms.map((room) => room.room_nid)),
    int8Array(rooms.map((room) => wholeMark(room).position)),
    int8Array(rooms.map(({ position }) => position)),
  ];
}

function byRoom<R extends RoomRow, T>(rows: readonly R[], convert: (row: R) => T): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const ofRoom = found.get(keyOf(row));
    if (ofRoom === undefined) found.set(keyOf(row), [convert(row)]);
    else ofRoom.push(convert(row));
  }
  return found;
}

function keyOf(row: RoomRow): string {
  return `${row.shard}/${row.room_nid}`;
}

/** @NOTE What the user's own events imply is stored a moment later: the last of it comes from the log. */
const READ_COUNTS = {
  name: 'read-unread-counts',
  text: `select r.shard, r.room_nid, s.position, r.notify_count, r.thread_notify_count,
           (select coalesce(json_agg(json_build_array(thread_id, position, notify_count, thread_notify_count)), '[]')
            from (
              select thread_id, event_position as position, notify_count, thread_notify_count from receipts
              where shard = r.shard and user_id = $1 and room_nid = r.room_nid
              union all
              select case when e.unread_flags & ${UnreadFlag.arrives} <> 0 then '' else coalesce(e.thread_id, 'main') end,
                l.position, e.notify_count, e.thread_notify_count
              from room_log l join events e on e.shard = l.shard and e.event_nid = l.event_nid
              where l.shard = r.shard and l.room_nid = r.room_nid and l.position > coalesce(p.position, 0)
                and e.unread_flags & ${UnreadFlag.notifies | UnreadFlag.arrives} <> 0
                and convert_from(e.json, 'UTF8')::json ->> 'sender' = $1
            ) as mark) as marks
         from unnest($2::int[], $3::bigint[]) as asked (shard, room_nid)
         join rooms r on r.shard = asked.shard and r.room_nid = asked.room_nid
         join room_shards s on s.shard = asked.shard
         left join read_progress p on p.shard = asked.shard`,
};

const RANGES = 'unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[]) as asked (shard, room_nid, after, up_to)';

const READ_HIGHLIGHTS = {
  name: 'read-highlights',
  text: `select h.shard, h.room_nid, h.thread_id, h.position, h.is_counted
         from ${RANGES}
         join highlights h on h.shard = asked.shard and h.room_nid = asked.room_nid and h.user_id in ('', $5)
           and h.position > asked.after and h.position <= asked.up_to`,
};

const READ_THREAD_EVENTS = {
  name: 'read-thread-events',
  text: `select e.shard, e.room_nid, e.thread_id, e.stream_position as position
         from ${RANGES}
         join events e on e.shard = asked.shard and e.room_nid = asked.room_nid and e.thread_id is not null
           and e.stream_position > asked.after and e.stream_position <= asked.up_to
           and e.unread_flags & ${UnreadFlag.notifies} <> 0`,
};
