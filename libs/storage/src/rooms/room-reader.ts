import type { RoomLogRow, RoomRecord, StoredEvent } from './room-records.ts';
import type { RoomNumbers } from './unread-reader.ts';

/** A place between two events of a room's timeline: before the event with this topological position and number. */
export interface TimelinePlace {
  readonly topologicalPosition: number;
  readonly eventNid: number;
}

export interface TimelinePageQuery {
  readonly shard: number;
  readonly roomNid: number;
  /** Exclusive; nothing: from the newest (backwards) or the oldest (forwards). */
  readonly from?: TimelinePlace;
  /** Exclusive. */
  readonly to?: TimelinePlace;
  readonly direction: 'backwards' | 'forwards';
  readonly limit: number;
}

export interface RoomLogRangeQuery {
  readonly shard: number;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
  readonly limit: number;
  /** Only rows of this room. */
  readonly roomNid?: number;
  /** Without the rows that bring receipts; with `roomNid`. */
  readonly withoutReceipts?: boolean;
  readonly order: 'ascending' | 'descending';
}

/** A room, and whether users of a server are joined to it: both from one snapshot. */
export interface RoomAs {
  readonly room: RoomRecord;
  readonly isResident: boolean;
}

/** What a server's part in a room comes to, with the state in which it is so: from one snapshot. */
export interface ServerInRoom {
  readonly currentRoot: number;
  /** How many of its users are joined. */
  readonly joinedCount: number;
  /** How many users of any server are invited. */
  readonly invitedCount: number;
}

export interface EventOfRoom {
  readonly shard: number;
  readonly roomNid: number;
  readonly eventId: string;
}

/** A room in which a server has users, as it is now. */
export interface RoomOfServer {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  readonly currentRoot: number;
}

/** `after` is exclusive. */
export interface ServerNamePage {
  readonly after: string;
  readonly limit: number;
}

/** `after` is exclusive, and nothing begins. */
export interface RoomOfServerPage {
  readonly after?: Pick<RoomOfServer, 'shard' | 'roomNid'> | undefined;
  readonly limit: number;
}

/** Reads which servers have users in rooms. */
export interface RoomServersReader {
  /** Servers with joined users in the room, and how many. */
  readResidentServers(shard: number, roomNid: number): Promise<Map<string, number>>;
  /** How many users of these servers are joined. */
  countJoined(shard: number, roomNid: number, serverNames: readonly string[]): Promise<Map<string, number>>;
  /** Nothing where the room is not stored. */
  findServerInRoom(shard: number, roomNid: number, serverName: string): Promise<ServerInRoom | undefined>;
  /** Names of servers with joined users, in order, a page at a time; `after` is exclusive. */
  listResidentServers(shard: number, roomNid: number, page: ServerNamePage): Promise<string[]>;
  /** Whether a server has users joined to each of some rooms, in their order. */
  findResidency(serverName: string, rooms: readonly RoomNumbers[]): Promise<boolean[]>;
  /** Since which position of its log a server has had users joined to each of some rooms, in their order; nothing where it has none. */
  findResidentSince(serverName: string, rooms: readonly RoomNumbers[]): Promise<(number | undefined)[]>;
  /** Rooms in which a server has joined users, in order of their numbers, a page at a time; `after` is exclusive, and nothing begins. */
  listRoomsOfServer(serverName: string, page: RoomOfServerPage): Promise<RoomOfServer[]>;
}

/** Reads rooms; any app may. Never sees what is not committed. Every method throws `StorageError` where Postgres fails. */
export interface RoomReader extends RoomServersReader {
  findRoom(roomId: string): Promise<RoomRecord | undefined>;
  /** Rooms as one server has them, by their ids; those that are not stored are left out. */
  findRoomsAs(serverName: string, roomIds: readonly string[]): Promise<Map<string, RoomAs>>;
  /** Encoded nodes of a room's state trie, by node number; missing ones are left out. */
  findStateNodes(shard: number, roomNid: number, nodeNids: readonly number[]): Promise<Map<number, Buffer>>;
  /** By event number; missing ones are left out. */
  findEvents(shard: number, eventNids: readonly number[]): Promise<Map<number, StoredEvent>>;
  /** By event id; missing ones, and those of another room, are left out. */
  findEventsById(shard: number, roomNid: number, eventIds: readonly string[]): Promise<Map<string, StoredEvent>>;
  /** Numbers of events by their ids; missing ones, and those of another room, are left out. */
  findEventNids(shard: number, roomNid: number, eventIds: readonly string[]): Promise<Map<string, number>>;
  /** Whether each of some events, of any rooms, is stored with its place in the room, and not as a redacted copy; in their order. */
  areStored(events: readonly EventOfRoom[]): Promise<boolean[]>;
  /** Ids of the rooms in which an event with this id is stored: one, but where servers chose the same id twice. */
  findRoomsOfEvent(eventId: string): Promise<string[]>;
  /** Accepted events of a room in the order of (topological position, event number). Rejected and soft-failed ones are left out. */
  pageTimeline(query: TimelinePageQuery): Promise<StoredEvent[]>;
  /** Rows of the room log, with their events. */
  readLog(query: RoomLogRangeQuery): Promise<RoomLogRow[]>;
  /** The room's current state as it was when the shard's log stood at `position`; nothing if the room did not exist then. */
  findRootAt(shard: number, roomNid: number, position: number): Promise<number | undefined>;
  /** Last committed position of each shard, in one snapshot; index is the shard. */
  readPositions(): Promise<number[]>;
}
