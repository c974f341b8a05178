import type { ShardEpoch } from './room-transactor.ts';

/** A room in which nodes of the state trie may be in no state any more. */
export interface GarbageRoom {
  readonly shard: number;
  readonly roomNid: number;
  /** How often something that names a state was removed from the room. */
  readonly removals: number;
}

/** A room that is gone. */
export interface RemovedRoom {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  /** It never was here: an import of it was given up. Memberships that came without the room stay. */
  readonly isImport: boolean;
}

/** A room that was on its way here from another server. */
export type AbandonedImport = Omit<RemovedRoom, 'isImport'>;

/** A shard, and the last position of its log as its owner remembers it. */
export interface RememberedShard {
  readonly shard: number;
  readonly position: number;
}

/** Counts for other apps what is left of rooms that are gone. */
export interface RemovedRoomReader {
  /** Rooms that went with a hosted server and of which something is left. */
  countRemovedRooms(removedFor: string): Promise<number>;
}

/** Some of the roots that a room's events and rows of the log name; `next` is where the following page begins. */
export interface RootsPage {
  readonly roots: readonly number[];
  readonly next: string | undefined;
}

/**
 * What the owner of a shard clears away. What changes something answers whether the shard is still owned in that epoch; if not, nothing
 * was changed. Each change is one statement, so that an owner that stops in the middle holds nobody up.
 */
export interface RoomHousekeeping {
  /** How many rooms of the shard have how many forward extremities. */
  countExtremities(shard: number): Promise<Map<number, number>>;
  listRoomsWithGarbage(shard: number, limit: number): Promise<GarbageRoom[]>;
  /** The last number that any committed node of the shard has. */
  readLastNodeNid(shard: number): Promise<number>;
  /** Every root that is in use, the current state's included; a page at a time, some of them several times. */
  pageRoots(room: GarbageRoom, from?: string): Promise<RootsPage>;
  /** Numbers of stored nodes in order; `after` is exclusive. */
  listNodeNids(room: GarbageRoom, page: { readonly after: number; readonly limit: number }): Promise<number[]>;
  /** Removes nodes, if nothing that names a state was removed from the room meanwhile; else the answer is no, too. */
  removeNodes(owner: ShardEpoch, room: GarbageRoom, nodeNids: readonly number[]): Promise<boolean>;
  /** The room has no garbage any more of as many removals as it had. */
  setClean(owner: ShardEpoch, room: GarbageRoom): Promise<boolean>;
  /** Rooms that are gone and of which something may be left, of all shards. */
  listRemovedRooms(limit: number): Promise<RemovedRoom[]>;
  /**
   * Removes a piece of what a room that is gone left behind; its rows of the log become tombstones, so that the log stays dense. Returns
   * how many rows were dealt with, 0 when none is left; nothing where the shard is not owned.
   */
  removeRemains(owner: ShardEpoch, room: RemovedRoom, limit: number): Promise<number | undefined>;
  /** Nothing is left of the room, its memberships included. */
  setRemoved(owner: ShardEpoch, room: RemovedRoom): Promise<boolean>;
  /** Which of these shards have rows of the log beyond the position that their owner remembers: an operator brought something back. */
  listMovedShards(owned: readonly RememberedShard[]): Promise<number[]>;
  /** Imports that nobody has come back to for so long. */
  listAbandonedImports(shard: number, olderThanMs: number, limit: number): Promise<AbandonedImport[]>;
  /** Forgets PDUs that were given up longer ago. Returns how many. */
  forgetGivenUp(owner: ShardEpoch, olderThanMs: number, limit: number): Promise<number | undefined>;
  /** Forgets commands that were executed longer ago; returns how many, or nothing where the shard is not owned. */
  removeOldCommands(owner: ShardEpoch, olderThanMs: number, limit: number): Promise<number | undefined>;
}
