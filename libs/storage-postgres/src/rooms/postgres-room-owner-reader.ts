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
import {
  FIND_ANNOTATION,
  FIND_AUTH_CHAINS,
  FIND_COMMANDS,
  FIND_DEAD_LETTER,
  FIND_EVENTS_OR_REDACTIONS,
  FIND_EXTREMITY_PLACES,
  FIND_IMPORT,
  FIND_PARKED,
  FIND_READ_PROGRESS,
  FIND_RECEIPTS,
  FIND_REMOVED,
  LIST_CITING,
  LIST_OWNERS,
  LIST_PLACED,
  LIST_WAITING,
} from './room-owner-statements.ts';
import type { EventRow } from './stored-event-row.ts';
import { toStoredEvent } from './stored-event-row.ts';

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

  async findErasedSenders(roomId: string): Promise<ReadonlyMap<string, number>> {
    const values = [roomShardOf(roomId, this.#roomShards), roomId];
    const rows = await this.#database.run<{ user_id: string; up_to_depth: number }>(FIND_ERASED_SENDERS, values);
    return new Map(rows.map((row) => [row.user_id, row.up_to_depth]));
  }

  async findEventsOrRedactions(
    shard: number,
    roomNid: number,
    eventIds: readonly string[],
  ): Promise<EventsOrRedactions> {
    if (eventIds.length === 0) return { events: new Map(), redactions: new Map(), followed: new Set() };
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
    const values = [int4Array(eventIds.map(() => shard)), roomNid, textArray(eventIds), limit];
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
      followed: new Set<string>(),
    }));
    for (const row of rows) {
      const answer = answers[row.place];
      if (row.is_followed) answer?.followed.add(row.wanted_id);
      if (row.event_nid !== null) answer?.events.set(row.event_id, toStoredEvent(row));
      else if (row.redacting !== null) answer?.redactions.set(row.wanted_id, row.redacting);
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

type FoundOrRedactedRow = { readonly place: number; readonly wanted_id: string; readonly is_followed: boolean } & (
  | EventRow
  | { readonly event_nid: null; readonly redacting: string[] | null }
);

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

const FIND_ERASED_SENDERS: Statement = {
  name: 'find-erased-senders',
  text: 'select user_id, up_to_depth from erased_senders where shard = $1 and room_id = $2',
};
