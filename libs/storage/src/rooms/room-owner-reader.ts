import type { AnnotationQuery } from './relation-reader.ts';
import type { RoomBlockReader } from './room-block-reader.ts';
import type { RoomReader } from './room-reader.ts';
import type { ReceiptKey } from './receipts.ts';
import type { StoredEvent } from './room-records.ts';
import type { ParkedPdu } from './room-work.ts';

/** What a command was answered with when it had its effect. */
export interface CommandResult {
  readonly eventIds: readonly string[];
  readonly position: number;
}

/** A state event that cites another one among its auth events. */
export interface CitingEvent {
  readonly eventNid: number;
  readonly eventId: string;
  readonly type: string;
  readonly stateKey: string;
}

/** Of the events that cite one: those before a number, or the latest. */
export interface CitingPage {
  readonly eventNid: number;
  readonly before: number | undefined;
}

/** A parked PDU without its bytes. `missingEventIds` are those that are not stored by now. */
export interface WaitingPdu extends Pick<ParkedPdu, 'roomId' | 'eventId' | 'origin' | 'missingEventIds'> {
  /** Milliseconds since the epoch. */
  readonly parkedAt: number;
}

/** A room that is on its way here from another server. */
export interface RoomImport {
  readonly roomNid: number;
  /** Of what of its state is stored so far. */
  readonly stateRoot: number;
}

export interface DeadLetterRecord {
  readonly source: string;
  readonly roomId: string;
  readonly attempts: number;
  readonly record: Buffer;
}

/** Of some event ids: those that are stored, of those that are not what redactions are stored that name them, and which are followed. */
export interface EventsOrRedactions {
  readonly events: ReadonlyMap<string, StoredEvent>;
  /** Ids of redactions of the same room, with effect or not, in the order in which they came. */
  readonly redactions: ReadonlyMap<string, readonly string[]>;
  /** Ids of events without a place that accepted events of the room name among their `prev_events`. */
  readonly followed: ReadonlySet<string>;
}

/** What only the owner of a shard has to read. Every method throws `StorageError` where Postgres fails. */
export interface RoomOwnerReader extends RoomReader, RoomBlockReader {
  /** Whose events of a room are stored redacted, up to which depth; the room may be gone. */
  findErasedSenders(roomId: string): Promise<ReadonlyMap<string, number>>;
  /** As `findEventsById`, with redactions that came before what they redact. */
  findEventsOrRedactions(shard: number, roomNid: number, eventIds: readonly string[]): Promise<EventsOrRedactions>;
  /** First results of commands that had an effect, by command id. */
  findCommands(shard: number, commandIds: readonly string[]): Promise<Map<string, CommandResult>>;
  /** State events that cite each of some events, the latest first, so many of each at most; those that nobody cites are left out. */
  listCitingEvents(shard: number, pages: readonly CitingPage[], limit: number): Promise<Map<number, CitingEvent[]>>;
  /**
   * Events with what is in their auth chains, the nearest generations first, `limit` events in all. Missing ones, and those of another
   * room, are left out.
   */
  findAuthChains(shard: number, roomNid: number, eventIds: readonly string[], limit: number): Promise<StoredEvent[]>;
  /** What waits in a shard, in the order in which it was parked, with what it still waits for. */
  listWaiting(shard: number): Promise<WaitingPdu[]>;
  /** By event id, in the order in which they were parked. */
  findParked(shard: number, eventIds: readonly string[]): Promise<ParkedPdu[]>;
  /** Who owns the shards that have an owner. */
  listShardOwners(): Promise<Map<number, string>>;
  /** Whether an annotation is there, unless it was redacted. */
  hasAnnotation(query: AnnotationQuery): Promise<boolean>;
  /** Positions of the events of receipts, in the order of the keys; nothing where there is no receipt. */
  findReceiptPositions(shard: number, roomNid: number, keys: readonly ReceiptKey[]): Promise<(number | undefined)[]>;
  /** Up to where the receipts that users' own events imply are stored; 0 where none were. */
  findReadProgress(shard: number): Promise<number>;
  /** Nothing where no import has begun that has not come to its end. */
  findImport(roomId: string): Promise<RoomImport | undefined>;
  /**
   * Numbers of events after one, in order, that have a place at or after that of the event by which the room was joined, in the timeline or in the
   * log: what was stored since and is no older history. That event is one of them.
   */
  listPlacedSince(
    shard: number,
    roomNid: number,
    page: { readonly joinNid: number; readonly after: number; readonly limit: number },
  ): Promise<number[]>;
  /** Whether something is left of a room that is gone: until that is cleared away, a room of this id cannot be stored. */
  isBeingRemoved(roomId: string): Promise<boolean>;
  /** The least topological position of the events that name each of some missing events; others are left out. */
  findExtremityPlaces(shard: number, roomNid: number, missingEventIds: readonly string[]): Promise<Map<string, number>>;
  findDeadLetterRecord(shard: number, deadLetterNid: number): Promise<DeadLetterRecord | undefined>;
}
