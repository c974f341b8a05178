import type {
  HistoryEvent,
  HistoryPageQuery,
  RecentMembership,
  RecentMembershipQuery,
  RoomHistoryReader,
} from '@plexus/storage';
import { byteaArray, int4Array, int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { numberOfKind } from './room-log-row.ts';
import { numberOfStatus } from './stored-event-row.ts';
import { UnreadFlag } from './unread-flags.ts';

interface HistoryRow {
  readonly event_id: string;
  readonly event_nid: number;
  readonly topological_position: number;
}

export class PostgresRoomHistoryReader implements RoomHistoryReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listRoomIds(after: string, limit: number): Promise<string[]> {
    return (await this.#database.run<{ room_id: string }>(LIST_ROOM_IDS, [after, limit])).map((row) => row.room_id);
  }

  async findFirstStoredSince(shard: number, roomNid: number, since: number): Promise<HistoryEvent | undefined> {
    const values = [shard, roomNid, since];
    const [oldest] = await this.#database.run<{ stored_at: Date }>(FIND_OLDEST, [shard, roomNid]);
    if (oldest === undefined || oldest.stored_at.getTime() >= since) return undefined;
    const [first] = await this.#database.run<HistoryRow>(FIND_FIRST_SINCE, values);
    const [found] = first === undefined ? await this.#database.run<HistoryRow>(FIND_LAST, [shard, roomNid]) : [first];
    return found && historyOf(found);
  }

  async findStoredTimes(shard: number, positions: readonly number[]): Promise<Map<number, number>> {
    const values = [shard, int8Array(positions)];
    const rows = await this.#database.run<{ position: number; stored_at: Date }>(FIND_STORED_TIMES, values);
    return new Map(rows.map((row) => [row.position, row.stored_at.getTime()]));
  }

  async findRecentMemberships(
    rooms: readonly { readonly shard: number; readonly roomNid: number }[],
    { since, sender, stateKey, membership }: RecentMembershipQuery,
  ): Promise<RecentMembership[]> {
    if (rooms.length === 0) return [];
    const named = [
      ['type', 'm.room.member'],
      ['membership', membership],
      ['sender', sender],
      ['state_key', stateKey],
    ];
    const parts = named.flatMap(([key, value]) =>
      value === undefined ? [] : [Buffer.from(`${JSON.stringify(key)}:${JSON.stringify(value)}`)],
    );
    const places = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
    const rows = await this.#database.run<MembershipRow>(FIND_RECENT, [...places, since, byteaArray(parts)]);
    return rows.map((row) => ({ shard: row.shard, roomNid: row.room_nid, arrives: row.arrives, json: row.json }));
  }

  async listHistory({ shard, roomNid, below, after, limit }: HistoryPageQuery): Promise<HistoryEvent[]> {
    const values = [shard, roomNid, below, after?.topologicalPosition ?? 0, after?.eventNid ?? 0, limit];
    return (await this.#database.run<HistoryRow>(LIST_HISTORY, values)).map(historyOf);
  }
}

interface MembershipRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly arrives: boolean;
  readonly json: Buffer;
}

function historyOf(row: HistoryRow): HistoryEvent {
  return { eventId: row.event_id, eventNid: row.event_nid, topologicalPosition: row.topological_position };
}

const LIST_ROOM_IDS: Statement = {
  name: 'list-room-ids',
  text: 'select room_id from rooms where room_id > $1 order by room_id limit $2',
};

const OF_LOG = `from room_log l join events e on e.shard = l.shard and e.event_nid = l.event_nid
  where l.shard = $1 and l.room_nid = $2 and l.kind = 1 and e.topological_position is not null`;

const COLUMNS = 'e.event_id, e.event_nid, e.topological_position';

const FIND_OLDEST: Statement = {
  name: 'find-oldest-of-room',
  text: `select l.stored_at ${OF_LOG} order by l.position limit 1`,
};

const FIND_FIRST_SINCE: Statement = {
  name: 'find-first-stored-since',
  text: `select ${COLUMNS} ${OF_LOG} and l.stored_at >= to_timestamp($3::float8 / 1000) order by l.position limit 1`,
};

const FIND_STORED_TIMES: Statement = {
  name: 'find-stored-times',
  text: 'select position, stored_at from room_log where shard = $1 and position = any($2::bigint[])',
};

/** @NOTE Events are canonical JSON: a member with a text as its value has one form. */
const FIND_RECENT: Statement = {
  name: 'find-recent-memberships',
  text: `select l.shard, l.room_nid, e.json, coalesce(e.unread_flags, 0) & ${UnreadFlag.arrives} <> 0 as arrives
           from room_log l
           join unnest($1::int[], $2::bigint[]) as r (shard, room_nid) on r.shard = l.shard and r.room_nid = l.room_nid
           join events e on e.shard = l.shard and e.event_nid = l.event_nid
          where l.stored_at >= to_timestamp($3::float8 / 1000) and l.kind = ${numberOfKind('event')}
            and e.status = ${numberOfStatus('accepted')}
            and not exists (select from unnest($4::bytea[]) as p (part) where position(p.part in e.json) = 0)`,
};

const FIND_LAST: Statement = {
  name: 'find-last-of-room',
  text: `select ${COLUMNS} ${OF_LOG} order by l.position desc limit 1`,
};

/** @NOTE What is not published or not projected yet is read from the log once more. */
const LIST_HISTORY: Statement = {
  name: 'list-history',
  text: `select ${COLUMNS} from events e join room_shards s on s.shard = e.shard
          where e.shard = $1 and e.room_nid = $2 and e.topological_position is not null
            and e.topological_position < $3 and (e.topological_position, e.event_nid) > ($4::bigint, $5::bigint)
            and (e.stream_position is null or e.stream_position <= least(s.published, s.projected))
          order by e.topological_position, e.event_nid limit $6`,
};
