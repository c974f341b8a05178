import type { RoomReader } from './room-reader.ts';
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

/** A parked PDU without its bytes. `missingEventIds` are those that are not stored by now. */
export type WaitingPdu = Pick<ParkedPdu, 'roomId' | 'eventId' | 'origin' | 'missingEventIds'>;

export interface DeadLetterRecord {
  readonly source: string;
  readonly roomId: string;
  readonly attempts: number;
  readonly record: Buffer;
}

/** What only the owner of a shard has to read. Every method throws `StorageError` where Postgres fails. */
export interface RoomOwnerReader extends RoomReader {
  /** First results of commands that had an effect, by command id. */
  findCommands(shard: number, commandIds: readonly string[]): Promise<Map<string, CommandResult>>;
  /** How many users of these servers are joined. */
  countJoined(shard: number, roomNid: number, serverNames: readonly string[]): Promise<Map<string, number>>;
  /** Names of servers with joined users, in order, a page at a time; `after` is exclusive. */
  listResidentServers(shard: number, roomNid: number, page: { after: string; limit: number }): Promise<string[]>;
  /** State events that cite an event, the latest first. */
  listCitingEvents(shard: number, eventNid: number, limit: number): Promise<CitingEvent[]>;
  /** What waits in a shard, in the order in which it was parked, with what it still waits for. */
  listWaiting(shard: number): Promise<WaitingPdu[]>;
  /** By event id, in the order in which they were parked. */
  findParked(shard: number, eventIds: readonly string[]): Promise<ParkedPdu[]>;
  /** Who owns the shards that have an owner. */
  listShardOwners(): Promise<Map<number, string>>;
  findDeadLetterRecord(shard: number, deadLetterNid: number): Promise<DeadLetterRecord | undefined>;
}
