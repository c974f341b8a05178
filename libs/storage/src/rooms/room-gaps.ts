/** An event that a stored one names among its `prev_events`, and that is not stored: history goes on there, on other servers. */
export interface BackwardExtremity {
  readonly missingEventId: string;
  /** The stored event that names it, and its place in the timeline. */
  readonly eventId: string;
  readonly eventNid: number;
  readonly topologicalPosition: number;
}

export interface BackwardExtremityQuery {
  readonly shard: number;
  readonly roomNid: number;
  /** Only those of events at or below this topological position; nothing: of all. */
  readonly upTo: number | undefined;
  readonly limit: number;
}

/** Reads where a room's stored history ends. Throws `StorageError` where Postgres fails. */
export interface BackwardExtremityReader {
  /** The newest places first. */
  listBackwardExtremities(query: BackwardExtremityQuery): Promise<BackwardExtremity[]>;
}

/** Which servers have users joined to a room, and in which state that is so: both from one snapshot. */
export interface RoomServers {
  readonly currentRoot: number;
  /** How many users of each server are joined; those without any are left out. */
  readonly joined: ReadonlyMap<string, number>;
}

export interface RoomServerReader {
  /** Nothing where the room is not stored. */
  readServers(shard: number, roomNid: number): Promise<RoomServers | undefined>;
}
