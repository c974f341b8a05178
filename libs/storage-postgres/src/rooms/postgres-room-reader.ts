import { roomShardOf } from '@plexus/storage';
import type {
  EventOfRoom,
  RoomAs,
  RoomLogRangeQuery,
  RoomLogRow,
  RoomOfServer,
  RoomReader,
  RoomRecord,
  ServerInRoom,
  StoredEvent,
  TimelinePageQuery,
  RoomNumbers,
  RoomOfServerPage,
  ServerNamePage,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import { fillTrimmed, hasHoles } from './fill-trimmed.ts';
import type { LogRow } from './room-log-row.ts';
import { numberOfKind, SELECT_LOG, toRoomLogRow } from './room-log-row.ts';
import type { EventRow } from './stored-event-row.ts';
import { EVENT_COLUMNS, toStoredEvent } from './stored-event-row.ts';
import { PostgresRoomServers } from './postgres-room-servers.ts';

/** Reads rooms from Postgres. */
export class PostgresRoomReader implements RoomReader {
  readonly #database: PostgresDatabase;
  readonly #roomShards: number;
  readonly #servers: PostgresRoomServers;

  constructor(database: PostgresDatabase, roomShards: number) {
    this.#database = database;
    this.#roomShards = roomShards;
    this.#servers = new PostgresRoomServers(database);
  }

  async findRoom(roomId: string): Promise<RoomRecord | undefined> {
    const [row] = await this.#database.run<RoomRow>(FIND_ROOM, [roomShardOf(roomId, this.#roomShards), roomId]);
    return row === undefined ? undefined : toRoomRecord(row);
  }

  async findRoomsAs(serverName: string, roomIds: readonly string[]): Promise<Map<string, RoomAs>> {
    if (roomIds.length === 0) return new Map();
    const shards = roomIds.map((roomId) => roomShardOf(roomId, this.#roomShards));
    const values = [int4Array(shards), textArray(roomIds), serverName];
    const rows = await this.#database.run<RoomRow & { is_resident: boolean }>(FIND_ROOMS_AS, values);
    return new Map(rows.map((row) => [row.room_id, { room: toRoomRecord(row), isResident: row.is_resident }]));
  }

  async findStateNodes(shard: number, roomNid: number, nodeNids: readonly number[]): Promise<Map<number, Buffer>> {
    if (nodeNids.length === 0) return new Map();
    const rows = await this.#database.run<NodeRow>(FIND_NODES, [shard, roomNid, int8Array(nodeNids)]);
    return new Map(rows.map((row) => [row.node_nid, row.body]));
  }

  async findEvents(shard: number, eventNids: readonly number[]): Promise<Map<number, StoredEvent>> {
    if (eventNids.length === 0) return new Map();
    const rows = await this.#database.run<EventRow>(FIND_EVENTS, [shard, int8Array(eventNids)]);
    return new Map(rows.map((row) => [row.event_nid, toStoredEvent(row)]));
  }

  async findEventsById(shard: number, roomNid: number, eventIds: readonly string[]): Promise<Map<string, StoredEvent>> {
    if (eventIds.length === 0) return new Map();
    const values = [int4Array(eventIds.map(() => shard)), textArray(eventIds), roomNid];
    const rows = await this.#database.run<EventRow>(FIND_EVENTS_BY_ID, values);
    return new Map(rows.map((row) => [row.event_id, toStoredEvent(row)]));
  }

  async findEventNids(shard: number, roomNid: number, eventIds: readonly string[]): Promise<Map<string, number>> {
    if (eventIds.length === 0) return new Map();
    const values = [int4Array(eventIds.map(() => shard)), textArray(eventIds), roomNid];
    const rows = await this.#database.run<{ event_id: string; event_nid: number }>(FIND_EVENT_NIDS, values);
    return new Map(rows.map((row) => [row.event_id, row.event_nid]));
  }

  async areStored(events: readonly EventOfRoom[]): Promise<boolean[]> {
    if (events.length === 0) return [];
    const rows = await this.#database.run<{ is_stored: boolean }>(ARE_STORED, [
      int4Array(events.map(({ shard }) => shard)),
      int8Array(events.map(({ roomNid }) => roomNid)),
      textArray(events.map(({ eventId }) => eventId)),
    ]);
    return rows.map((row) => row.is_stored);
  }

  async findRoomsOfEvent(eventId: string): Promise<string[]> {
    const shards = Array.from({ length: this.#roomShards }, (_, shard) => shard);
    const rows = await this.#database.run<{ room_id: string }>(FIND_ROOMS_OF_EVENT, [int4Array(shards), eventId]);
    return rows.map((row) => row.room_id);
  }

  async pageTimeline(query: TimelinePageQuery): Promise<StoredEvent[]> {
    const [newer, older] = query.direction === 'backwards' ? [query.from, query.to] : [query.to, query.from];
    const rows = await this.#database.run<EventRow>(query.direction === 'backwards' ? PAGE_BACKWARDS : PAGE_FORWARDS, [
      query.shard,
      query.roomNid,
      newer?.topologicalPosition ?? Number.MAX_SAFE_INTEGER,
      newer?.eventNid ?? Number.MAX_SAFE_INTEGER,
      older?.topologicalPosition ?? -1,
      older?.eventNid ?? -1,
      query.limit,
    ]);
    return rows.map(toStoredEvent);
  }

  async readLog(query: RoomLogRangeQuery): Promise<RoomLogRow[]> {
    const { shard, after, upTo, limit, roomNid, withoutReceipts = false } = query;
    const ofRoom = withoutReceipts ? 'ofRoomWithoutReceipts' : 'ofRoom';
    const statement = LOG_STATEMENTS[query.order][roomNid === undefined ? 'ofShard' : ofRoom];
    const values = [shard, after, upTo, limit, ...(roomNid === undefined ? [] : [roomNid])];
    const rows = (await this.#database.run<LogRow>(statement, values)).map(toRoomLogRow);
    if (roomNid !== undefined || query.order === 'descending' || !hasHoles(rows, query)) return rows;
    const [row] = await this.#database.run<{ trimmed: number }>(READ_TRIMMED, [shard]);
    return fillTrimmed(rows, query, row?.trimmed ?? 0);
  }

  async findRootAt(shard: number, roomNid: number, position: number): Promise<number | undefined> {
    const [row] = await this.#database.run<{ current_root: number }>(FIND_ROOT, [shard, roomNid, position]);
    return row?.current_root;
  }

  async readPositions(): Promise<number[]> {
    return (await this.#database.run<{ position: number }>(READ_POSITIONS)).map((row) => row.position);
  }

  readResidentServers(shard: number, roomNid: number): Promise<Map<string, number>> {
    return this.#servers.readResidentServers(shard, roomNid);
  }

  countJoined(shard: number, roomNid: number, serverNames: readonly string[]): Promise<Map<string, number>> {
    return this.#servers.countJoined(shard, roomNid, serverNames);
  }

  findServerInRoom(shard: number, roomNid: number, serverName: string): Promise<ServerInRoom | undefined> {
    return this.#servers.findServerInRoom(shard, roomNid, serverName);
  }

  listResidentServers(shard: number, roomNid: number, page: ServerNamePage): Promise<string[]> {
    return this.#servers.listResidentServers(shard, roomNid, page);
  }

  findResidency(serverName: string, rooms: readonly RoomNumbers[]): Promise<boolean[]> {
    return this.#servers.findResidency(serverName, rooms);
  }

  findResidentSince(serverName: string, rooms: readonly RoomNumbers[]): Promise<(number | undefined)[]> {
    return this.#servers.findResidentSince(serverName, rooms);
  }

  listRoomsOfServer(serverName: string, page: RoomOfServerPage): Promise<RoomOfServer[]> {
    return this.#servers.listRoomsOfServer(serverName, page);
  }
}

interface RoomRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly room_id: string;
  readonly room_version: string;
  readonly current_root: number;
  readonly forward_extremities: number[];
  readonly depth: number;
  readonly topological_position: number;
  readonly joined_count: number;
  readonly invited_count: number;
  readonly notify_count: number;
  readonly thread_notify_count: number;
  readonly is_listed: boolean;
  readonly partial_join_nid: number | null;
}

interface NodeRow {
  readonly node_nid: number;
  readonly body: Buffer;
}

function toRoomRecord(row: RoomRow): RoomRecord {
  return {
    shard: row.shard,
    roomNid: row.room_nid,
    roomId: row.room_id,
    roomVersion: row.room_version,
    currentRoot: row.current_root,
    forwardExtremities: row.forward_extremities,
    depth: row.depth,
    topologicalPosition: row.topological_position,
    joinedCount: row.joined_count,
    invitedCount: row.invited_count,
    notifyCount: row.notify_count,
    threadNotifyCount: row.thread_notify_count,
    isListed: row.is_listed,
    partialJoin: row.partial_join_nid ?? undefined,
  };
}

const FIND_ROOM = {
  name: 'find-room',
  text: `select shard, room_nid, room_id, room_version, current_root, forward_extremities, depth, topological_position,
           joined_count, invited_count, notify_count, thread_notify_count, is_listed, partial_join_nid
         from rooms where shard = $1 and room_id = $2`,
};

const FIND_ROOMS_AS = {
  name: 'find-rooms-as',
  text: `select r.shard, r.room_nid, r.room_id, r.room_version, r.current_root, r.forward_extremities, r.depth, r.topological_position,
           r.joined_count, r.invited_count, r.notify_count, r.thread_notify_count, r.is_listed, r.partial_join_nid,
           exists (
             select from room_servers s
             where s.shard = r.shard and s.room_nid = r.room_nid and s.server_name = $3 and s.joined_count > 0
           ) as is_resident
         from unnest($1::int[], $2::text[]) as wanted (shard, room_id)
         join rooms r on r.shard = wanted.shard and r.room_id = wanted.room_id`,
};

const FIND_NODES = {
  name: 'find-state-nodes',
  text: 'select node_nid, body from state_nodes where shard = $1 and room_nid = $2 and node_nid = any($3::bigint[])',
};

const FIND_EVENTS = {
  name: 'find-events',
  text: `select ${EVENT_COLUMNS} from events e where e.shard = $1 and e.event_nid = any($2::bigint[])`,
};

/**
 * Each of some ids in its shard.
 *
 * @NOTE The shard comes out of a row, and the room is looked at afterwards: of a shard that statistics do not know yet they say that it has one event, and
 * Postgres, told the shard, goes through all events of it to find that one by the primary key, or through all of the room by their place.
 */
const BY_ID = `(select unnest($1::int[]) as shard, unnest($2::text[]) as event_id) as wanted cross join lateral (
           select * from events here where here.shard = wanted.shard and here.event_id = wanted.event_id limit 1
         ) as e`;

const FIND_EVENTS_BY_ID = {
  name: 'find-events-by-id',
  text: `select ${EVENT_COLUMNS} from ${BY_ID} where e.room_nid = $3`,
};

const FIND_EVENT_NIDS = {
  name: 'find-event-nids',
  text: `select e.event_id, e.event_nid from ${BY_ID} where e.room_nid = $3`,
};

/** @NOTE Looked up by its id alone: with the room and its place beside it Postgres may read all events of the room that have a place, for each. */
const ARE_STORED = {
  name: 'are-events-stored',
  text: `select coalesce((
           select e.room_nid = asked.room_nid and e.topological_position is not null
             and not exists (select from redacted_copies c where c.shard = e.shard and c.event_nid = e.event_nid)
           from events e where e.shard = asked.shard and e.event_id = asked.event_id
         ), false) as is_stored
         from unnest($1::int[], $2::bigint[], $3::text[]) with ordinality as asked (shard, room_nid, event_id, index)
         order by asked.index`,
};

/** @NOTE The index of ids begins with the shard: each is asked. */
const FIND_ROOMS_OF_EVENT = {
  name: 'find-rooms-of-event',
  text: `select r.room_id from events e join rooms r on r.shard = e.shard and r.room_nid = e.room_nid
         where e.shard = any($1::int[]) and e.event_id = $2 order by e.shard`,
};

/** Both ends exclusive. */
const PAGE = `
  select ${EVENT_COLUMNS} from events e
  where e.shard = $1 and e.room_nid = $2 and e.status = 0 and e.topological_position is not null
    and (e.topological_position, e.event_nid) < ($3::bigint, $4::bigint)
    and (e.topological_position, e.event_nid) > ($5::bigint, $6::bigint)`;

const PAGE_BACKWARDS = {
  name: 'page-timeline-backwards',
  text: `${PAGE} order by e.topological_position desc, e.event_nid desc limit $7`,
};

const PAGE_FORWARDS = {
  name: 'page-timeline-forwards',
  text: `${PAGE} order by e.topological_position, e.event_nid limit $7`,
};

const LOG_STATEMENTS = {
  ascending: logStatements('asc'),
  descending: logStatements('desc'),
};

function logStatements(direction: 'asc' | 'desc') {
  const statement = (rows: string, condition: string): { name: string; text: string } => ({
    name: `read-log-${rows}-${direction}`,
    text: `${SELECT_LOG}
      where l.shard = $1 and l.position > $2 and l.position <= $3 ${condition}
      order by l.position ${direction} limit $4`,
  });
  return {
    ofShard: statement('of-shard', ''),
    ofRoom: statement('of-room', 'and l.room_nid = $5'),
    ofRoomWithoutReceipts: statement(
      'of-room-without-receipts',
      `and l.room_nid = $5 and l.kind <> ${numberOfKind('receipt')}`,
    ),
  };
}

const FIND_ROOT = {
  name: 'find-root-at',
  text: `select current_root from room_log where shard = $1 and room_nid = $2 and position <= $3
         order by position desc limit 1`,
};

const READ_TRIMMED = { name: 'read-trimmed', text: 'select trimmed from room_shards where shard = $1' };

const READ_POSITIONS = { name: 'read-positions', text: 'select position from room_shards order by shard' };
