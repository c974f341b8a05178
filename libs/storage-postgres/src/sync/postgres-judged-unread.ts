import type { JudgedEvent, JudgedPiece, JudgedUnread, JudgedUnreadRepository, RoomNumbers } from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresJudgedUnread implements JudgedUnreadRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** @NOTE Ranges and events are of one snapshot. */
  async readJudged(
    userId: string,
    rules: string,
    rooms: readonly (RoomNumbers & { readonly after: number })[],
  ): Promise<JudgedUnread[]> {
    if (rooms.length === 0) return [];
    const places = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
    const values = [userId, rules, ...places, int8Array(rooms.map(({ after }) => after))];
    return (await this.#database.run<RoomRow>(READ_JUDGED, values)).map((row) => ({
      shard: row.shard,
      roomNid: row.room_nid,
      after: row.judged_after,
      upTo: row.judged_up_to,
      events: row.events.map(toEvent),
    }));
  }

  /** The room's row is locked: of two that store at once the second finds where the first has come to. */
  async storeJudged({ userId, shard, roomNid, rules, after, upTo, readUpTo, events }: JudgedPiece): Promise<boolean> {
    const place = [userId, shard, roomNid];
    return this.#database.transaction(async (transaction) => {
      const [held] = await transaction.run<RangeRow>(HOLD_ROOM, [...place, rules, after, readUpTo]);
      if (held === undefined) throw new TypeError('The statement returned no row');
      const from = Math.max(held.judged_after, readUpTo);
      await transaction.run(FORGET_EVENTS, [...place, from, held.judged_up_to]);
      if (held.judged_up_to !== after) return false;
      await transaction.run(ADD_EVENTS, [...place, ...columnsOf(events)]);
      await transaction.run(SET_RANGE, [...place, from, upTo]);
      return true;
    });
  }

  async removeUnused(olderThanMs: number): Promise<void> {
    await this.#database.run(REMOVE_UNUSED, [olderThanMs]);
  }
}

interface RangeRow {
  readonly judged_after: number;
  readonly judged_up_to: number;
}

interface RoomRow extends RangeRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly events: readonly [position: number, threadId: string | null, notify: number, highlight: number][];
}

function toEvent([position, threadId, notify, highlight]: RoomRow['events'][number]): JudgedEvent {
  return { position, threadId: threadId ?? undefined, notify, highlight };
}

/** @NOTE No thread has an empty id. */
function columnsOf(events: readonly JudgedEvent[]): Buffer[] {
  return [
    int8Array(events.map(({ position }) => position)),
    textArray(events.map(({ threadId }) => threadId ?? '')),
    int4Array(events.map(({ notify }) => notify)),
    int4Array(events.map(({ highlight }) => highlight)),
  ];
}

const READ_JUDGED: Statement = {
  name: 'read_judged_unread',
  text: `select r.shard, r.room_nid, r.judged_after, r.judged_up_to,
           (select coalesce(json_agg(json_build_array(e.position, e.thread_id, e.notify, e.highlight) order by e.position), '[]')
              from judged_events e
             where e.user_id = r.user_id and e.shard = r.shard and e.room_nid = r.room_nid and e.position > asked.after) as events
         from unnest($3::int[], $4::bigint[], $5::bigint[]) as asked (shard, room_nid, after)
         join judged_rooms r on r.user_id = $1 and r.shard = asked.shard and r.room_nid = asked.room_nid and r.rules = $2`,
};
/** What is of other rules, or has a hole behind what the user has read, begins anew with the piece. */
const HOLD_ROOM: Statement = {
  name: 'hold_judged_room',
  text: `insert into judged_rooms as r (user_id, shard, room_nid, rules, judged_after, judged_up_to) values ($1, $2, $3, $4, $5, $5)
         on conflict (user_id, shard, room_nid) do update
           set rules = excluded.rules, used_at = now(),
               judged_after = case when r.rules = excluded.rules and r.judged_after <= $6::bigint and r.judged_up_to >= $6
                                   then r.judged_after else excluded.judged_after end,
               judged_up_to = case when r.rules = excluded.rules and r.judged_after <= $6 and r.judged_up_to >= $6
                                   then r.judged_up_to else excluded.judged_up_to end
         returning judged_after, judged_up_to`,
};
const FORGET_EVENTS: Statement = {
  name: 'forget_judged_events',
  text: `delete from judged_events
          where user_id = $1 and shard = $2 and room_nid = $3 and (position <= $4 or position > $5)`,
};
const ADD_EVENTS: Statement = {
  name: 'add_judged_events',
  text: `insert into judged_events (user_id, shard, room_nid, position, thread_id, notify, highlight)
         select $1, $2, $3, position, nullif(thread_id, ''), notify, highlight
           from unnest($4::bigint[], $5::text[], $6::int[], $7::int[]) as e (position, thread_id, notify, highlight)`,
};
const SET_RANGE: Statement = {
  name: 'set_judged_range',
  text: `update judged_rooms set judged_after = $4, judged_up_to = $5 where user_id = $1 and shard = $2 and room_nid = $3`,
};
const REMOVE_UNUSED: Statement = {
  name: 'remove_unused_judged_rooms',
  text: `with unused as (
           delete from judged_rooms where used_at < now() - $1::bigint * interval '1 millisecond'
           returning user_id, shard, room_nid)
         delete from judged_events e using unused u
          where e.user_id = u.user_id and e.shard = u.shard and e.room_nid = u.room_nid`,
};
