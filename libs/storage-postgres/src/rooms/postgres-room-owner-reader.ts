import { GatheredCalls } from '@plexus/matrix-base';
import { roomShardOf } from '@plexus/storage';
import type {
  AnnotationQuery,
  CitingEvent,
  CitingPage,
  CommandResult,
  DeadLetterRecord,
  EventsOrRedactions,
  ParkedPdu,
  ReceiptKey,
  RoomBlock,
  RoomImport,
  RoomOwnerReader,
  StoredEvent,
  WaitingPdu,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { PostgresRoomBlocks } from './postgres-room-blocks.ts';
import { PostgresRoomReader } from './postgres-room-reader.ts';
import type { EventRow } from './stored-event-row.ts';
import { EVENT_COLUMNS, toStoredEvent } from './stored-event-row.ts';

interface EventsOfRoom {
  readonly shard: number;
  readonly roomNid: number;
  readonly eventIds: readonly string[];
}

/** Reads from Postgres what only the owner of a shard has to read. */
export class PostgresRoomOwnerReader extends PostgresRoomReader implements RoomOwnerReader {
  readonly #database: PostgresDatabase;
  /** PDUs of a transaction are of many rooms: each asks whether its own is known. */
  readonly #eventsOrRedactions = new GatheredCalls((asked: readonly EventsOfRoom[]) => this.#findInRooms(asked));
  readonly #blocks: PostgresRoomBlocks;
  readonly #roomShards: number;

  constructor(database: PostgresDatabase, roomShards: number) {
    super(database, roomShards);
    this.#database = database;
    this.#roomShards = roomShards;
    this.#blocks = new PostgresRoomBlocks(database, roomShards);
  }

  findBlocks(roomId: string): Promise<RoomBlock[]> {
    return this.#blocks.findBlocks(roomId);
  }

  async findEventsOrRedactions(
    shard: number,
    roomNid: number,
    eventIds: readonly string[],
  ): Promise<EventsOrRedactions> {
    if (eventIds.length === 0) return { events: new Map(), redactions: new Map() };
    return this.#eventsOrRedactions.ask({ shard, roomNid, eventIds });
  }

  async findCommands(shard: number, commandIds: readonly string[]): Promise<Map<string, CommandResult>> {
    const rows = await this.#database.run<CommandRow>(FIND_COMMANDS, [shard, textArray(commandIds)]);
    return new Map(rows.map((row) => [row.command_id, { eventIds: row.event_ids, position: row.position }]));
  }

  async listCitingEvents(
    shard: number,
    pages: readonly CitingPage[],
    limit: number,
  ): Promise<Map<number, CitingEvent[]>> {
    if (pages.length === 0) return new Map();
    const rows = await this.#database.run<CitingRow>(LIST_CITING, [
      shard,
      int8Array(pages.map(({ eventNid }) => eventNid)),
      int8Array(pages.map(({ before }) => before ?? Number.MAX_SAFE_INTEGER)),
      limit,
    ]);
    const citing = new Map<number, CitingEvent[]>();
    for (const row of rows) {
      const others = citing.get(row.cited_nid);
      if (others === undefined) citing.set(row.cited_nid, [toCitingEvent(row)]);
      else others.push(toCitingEvent(row));
    }
    return citing;
  }

  async findAuthChains(
    shard: number,
    roomNid: number,
    eventIds: readonly string[],
    limit: number,
  ): Promise<StoredEvent[]> {
    if (eventIds.length === 0) return [];
    const values = [shard, roomNid, textArray(eventIds), limit];
    return (await this.#database.run<EventRow>(FIND_AUTH_CHAINS, values)).map(toStoredEvent);
  }

  async hasAnnotation(query: AnnotationQuery): Promise<boolean> {
    const { shard, roomNid, parentEventId, sender, eventType, keyHash } = query;
    const values = [shard, roomNid, parentEventId, sender, eventType, keyHash];
    return (await this.#database.run(FIND_ANNOTATION, values)).length > 0;
  }

  async listWaiting(shard: number): Promise<WaitingPdu[]> {
    const rows = await this.#database.run<WaitingRow>(LIST_WAITING, [shard]);
    return rows.map((row) => ({
      roomId: row.room_id,
      eventId: row.event_id,
      origin: row.origin,
      missingEventIds: row.missing_event_ids,
      parkedAt: row.parked_at.getTime(),
    }));
  }

  async findParked(shard: number, eventIds: readonly string[]): Promise<ParkedPdu[]> {
    return (await this.#database.run<ParkedRow>(FIND_PARKED, [shard, textArray(eventIds)])).map(toParkedPdu);
  }

  async listShardOwners(): Promise<Map<number, string>> {
    const rows = await this.#database.run<{ shard: number; owner_address: string }>(LIST_OWNERS);
    return new Map(rows.map((row) => [row.shard, row.owner_address]));
  }

  async findReceiptPositions(
    shard: number,
    roomNid: number,
    keys: readonly ReceiptKey[],
  ): Promise<(number | undefined)[]> {
    const rows = await this.#database.run<{ event_position: number | null }>(FIND_RECEIPTS, [
      shard,
      roomNid,
      textArray(keys.map(({ userId }) => userId)),
      textArray(keys.map(({ receiptType }) => receiptType)),
      textArray(keys.map(({ threadId }) => threadId)),
    ]);
    return rows.map((row) => row.event_position ?? undefined);
  }

  async findReadProgress(shard: number): Promise<number> {
    const [row] = await this.#database.run<{ position: number }>(FIND_READ_PROGRESS, [shard]);
    return row?.position ?? 0;
  }

  async findImport(roomId: string): Promise<RoomImport | undefined> {
    const values = [roomShardOf(roomId, this.#roomShards), roomId];
    const [row] = await this.#database.run<{ room_nid: number; state_root: number }>(FIND_IMPORT, values);
    return row && { roomNid: row.room_nid, stateRoot: row.state_root };
  }

  async listPlacedSince(
    shard: number,
    roomNid: number,
    { joinNid, after, limit }: { readonly joinNid: number; readonly after: number; readonly limit: number },
  ): Promise<number[]> {
    const values = [shard, roomNid, joinNid, after, limit];
    return (await this.#database.run<{ event_nid: number }>(LIST_PLACED, values)).map((row) => row.event_nid);
  }

  async isBeingRemoved(roomId: string): Promise<boolean> {
    const values = [roomShardOf(roomId, this.#roomShards), roomId];
    return (await this.#database.run(FIND_REMOVED, values)).length > 0;
  }

  async findExtremityPlaces(
    shard: number,
    roomNid: number,
    missingEventIds: readonly string[],
  ): Promise<Map<string, number>> {
    const values = [shard, roomNid, textArray(missingEventIds)];
    const rows = await this.#database.run<{ missing_event_id: string; place: number }>(FIND_EXTREMITY_PLACES, values);
    return new Map(rows.map((row) => [row.missing_event_id, row.place]));
  }

  async findDeadLetterRecord(shard: number, deadLetterNid: number): Promise<DeadLetterRecord | undefined> {
    const [row] = await this.#database.run<DeadLetterRow>(FIND_DEAD_LETTER, [shard, deadLetterNid]);
    if (row === undefined) return undefined;
    return { source: row.source, roomId: row.room_id, attempts: row.attempts, record: row.record };
  }

  async #findInRooms(asked: readonly EventsOfRoom[]): Promise<EventsOrRedactions[]> {
    const wanted = asked.flatMap(({ shard, roomNid, eventIds }, place) =>
      eventIds.map((eventId) => ({ place, shard, roomNid, eventId })),
    );
    const rows = await this.#database.run<FoundOrRedactedRow>(FIND_EVENTS_OR_REDACTIONS, [
      int4Array(wanted.map(({ place }) => place)),
      int4Array(wanted.map(({ shard }) => shard)),
      int8Array(wanted.map(({ roomNid }) => roomNid)),
      textArray(wanted.map(({ eventId }) => eventId)),
    ]);
    const answers = asked.map(() => ({
      events: new Map<string, StoredEvent>(),
      redactions: new Map<string, string[]>(),
    }));
    for (const row of rows) {
      const answer = answers[row.place];
      if (row.event_nid === null) answer?.redactions.set(row.wanted_id, row.redacting);
      else answer?.events.set(row.event_id, toStoredEvent(row));
    }
    return answers;
  }
}

interface CommandRow {
  readonly command_id: string;
  readonly event_ids: string[];
  readonly position: number;
}

interface CitingRow {
  readonly cited_nid: number;
  readonly event_nid: number;
  readonly event_id: string;
  readonly json: Buffer;
}

interface ParkedRow {
  readonly shard: number;
  readonly room_id: string;
  readonly event_id: string;
  readonly origin: string;
  readonly destination: string;
  readonly missing_event_ids: string[];
  readonly record: Buffer;
}

interface WaitingRow extends Pick<ParkedRow, 'room_id' | 'event_id' | 'origin' | 'missing_event_ids'> {
  readonly parked_at: Date;
}

interface DeadLetterRow {
  readonly source: string;
  readonly room_id: string;
  readonly attempts: number;
  readonly record: Buffer;
}

function toCitingEvent(row: CitingRow): CitingEvent {
  const { type, state_key: stateKey }: { type: string; state_key: string } = JSON.parse(row.json.toString());
  return { eventNid: row.event_nid, eventId: row.event_id, type, stateKey };
}

function toParkedPdu(row: ParkedRow): ParkedPdu {
  return {
    shard: row.shard,
    roomId: row.room_id,
    eventId: row.event_id,
    origin: row.origin,
    destination: row.destination,
    missingEventIds: row.missing_event_ids,
    record: row.record,
  };
}

const FIND_ANNOTATION: Statement = {
  name: 'find-annotation',
  text: `select 1 from event_relations
         where shard = $1 and room_nid = $2 and parent_event_id = $3 and sender = $4 and event_type = $5 and key_hash = $6
           and relation_type = 'm.annotation' limit 1`,
};

type FoundOrRedactedRow = { readonly place: number } & (
  | EventRow
  | { readonly event_nid: null; readonly wanted_id: string; readonly redacting: string[] }
);

/**
 * Of events of several rooms; `place` is that of who asked.
 *
 * @NOTE Of an event that is not here and that nothing redacts, which is the usual one, there is no row. Each is looked up by itself and by its id alone: where
 * the look-up names the room too, a plan that was made while the room was small reads all of it for each.
 */
const FIND_EVENTS_OR_REDACTIONS: Statement = {
  name: 'find-events-or-redactions-of-rooms',
  text: `select ${EVENT_COLUMNS}, wanted.place, wanted.event_id as wanted_id, redacting.event_ids as redacting
         from unnest($1::integer[], $2::integer[], $3::bigint[], $4::text[]) as wanted (place, shard, room_nid, event_id)
           left join lateral (
             select * from events here
             where here.shard = wanted.shard and here.event_id = wanted.event_id limit 1
           ) e on e.room_nid = wanted.room_nid
           left join lateral (
             select array_agg(by.event_id order by r.redaction_event_nid) filter (where by.room_nid = wanted.room_nid) as event_ids
             from redactions r join events by on by.shard = r.shard and by.event_nid = r.redaction_event_nid
             where r.shard = wanted.shard and r.redacts_event_id = wanted.event_id
           ) redacting on true
         where e.event_nid is not null or redacting.event_ids is not null`,
};

const FIND_COMMANDS: Statement = {
  name: 'find-commands',
  text: `select c.command_id, c.position,
           array(
             select e.event_id from unnest(c.event_nids) with ordinality as n (event_nid, place)
             join events e on e.shard = c.shard and e.event_nid = n.event_nid order by n.place
           ) as event_ids
         from room_commands c where c.shard = $1 and c.command_id = any($2::text[])`,
};

const LIST_CITING: Statement = {
  name: 'list-citing-events',
  text: `select cited.nid as cited_nid, citing.event_nid, citing.event_id, citing.json
         from unnest($2::bigint[], $3::bigint[]) as cited (nid, before) cross join lateral (
           select e.event_nid, e.event_id, e.json
           from auth_edges a join events e on e.shard = a.shard and e.event_nid = a.event_nid
           where a.shard = $1 and a.auth_event_nid = cited.nid and a.event_nid < cited.before
           order by a.event_nid desc limit $4
         ) as citing`,
};

/**
 * @NOTE A recursive query goes on by generations, and ends as soon as enough rows were taken from it. The limits within keep the planner
 * to look-ups by key. Room versions 1 and 2 cite an event as a pair of its id and its hashes.
 */
const FIND_AUTH_CHAINS: Statement = {
  name: 'find-auth-chains',
  text: `with recursive chain (event_nid) as (
           select event_nid from events where shard = $1 and room_nid = $2 and event_id = any($3::text[])
           union
           select cited.event_nid from chain
             cross join lateral (
               select json from events e where e.shard = $1 and e.event_nid = chain.event_nid limit 1
             ) as citing
             cross join lateral json_array_elements(convert_from(citing.json, 'UTF8')::json -> 'auth_events') as reference
             cross join lateral (
               select e.event_nid from events e
               where e.shard = $1 and e.room_nid = $2 and e.event_id =
                 case json_typeof(reference) when 'array' then reference ->> 0 else reference #>> '{}' end
               limit 1
             ) as cited
         ), nearest as materialized (select event_nid from chain limit $4)
         select ${EVENT_COLUMNS} from nearest cross join lateral (
           select * from events where shard = $1 and event_nid = nearest.event_nid limit 1
         ) as e`,
};

const LIST_WAITING: Statement = {
  name: 'list-waiting-pdus',
  text: `select room_id, event_id, origin, parked_at,
           array(
             select missing from unnest(missing_event_ids) as missing
             where not exists (select from events e where e.shard = parked_pdus.shard and e.event_id = missing)
           ) as missing_event_ids
         from parked_pdus where shard = $1 order by parked_nid`,
};

const FIND_PARKED: Statement = {
  name: 'find-parked-pdus',
  text: `select shard, room_id, event_id, origin, destination, missing_event_ids, record from parked_pdus
         where shard = $1 and event_id = any($2::text[]) order by parked_nid`,
};

const LIST_OWNERS: Statement = {
  name: 'list-shard-owners',
  text: 'select shard, owner_address from room_shards where owner_address is not null',
};

const FIND_RECEIPTS: Statement = {
  name: 'find-receipt-positions',
  text: `select r.event_position from unnest($3::text[], $4::text[], $5::text[]) with ordinality
           as key (user_id, receipt_type, thread_id, place)
         left join receipts r on r.shard = $1 and r.room_nid = $2 and r.user_id = key.user_id
           and r.receipt_type = key.receipt_type and r.thread_id = key.thread_id
         order by key.place`,
};

const FIND_READ_PROGRESS: Statement = {
  name: 'find-read-progress',
  text: 'select position from read_progress where shard = $1',
};

const FIND_IMPORT: Statement = {
  name: 'find-room-import',
  text: 'select room_nid, state_root from room_imports where shard = $1 and room_id = $2',
};

const LIST_PLACED: Statement = {
  name: 'list-placed-since',
  text: `with joined as (
           select topological_position, stream_position from events where shard = $1 and room_nid = $2 and event_nid = $3
         ), placed as (
           select e.event_nid from joined
             join events e on e.shard = $1 and e.room_nid = $2 and e.topological_position >= joined.topological_position
           union
           select l.event_nid from joined
             join room_log l on l.shard = $1 and l.room_nid = $2 and l.position > joined.stream_position
           where l.event_nid is not null
         )
         select event_nid from placed where event_nid > $4 order by event_nid limit $5`,
};

const FIND_REMOVED: Statement = {
  name: 'find-removed-room',
  text: 'select 1 from removed_rooms where shard = $1 and room_id = $2 limit 1',
};

const FIND_EXTREMITY_PLACES: Statement = {
  name: 'find-extremity-places',
  text: `select b.missing_event_id, min(e.topological_position) as place
         from backward_extremities b join events e on e.shard = b.shard and e.event_nid = b.event_nid
         where b.shard = $1 and b.room_nid = $2 and b.missing_event_id = any($3::text[]) and e.topological_position is not null
         group by b.missing_event_id`,
};

const FIND_DEAD_LETTER: Statement = {
  name: 'find-dead-letter-record',
  text: 'select source, room_id, attempts, record from dead_letters where shard = $1 and dead_letter_nid = $2',
};
