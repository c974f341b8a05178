import type { TimelinePlace } from './room-reader.ts';

/** An event of a room's timeline, as far as it matters for how old it is. */
export interface HistoryEvent extends TimelinePlace {
  readonly eventId: string;
}

export interface HistoryPageQuery {
  readonly shard: number;
  readonly roomNid: number;
  /** A topological position; exclusive. */
  readonly below: number;
  /** Exclusive; nothing: from the oldest. */
  readonly after: TimelinePlace | undefined;
  readonly limit: number;
}

/** Of what a user did, or of what was done to them. */
export interface RecentMembershipQuery {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly sender?: string;
  readonly stateKey?: string;
  readonly membership: string;
}

export interface RecentMembership {
  readonly shard: number;
  readonly roomNid: number;
  /** Whether the sender joined with it, and not only changed their profile. */
  readonly arrives: boolean;
  /** The event. */
  readonly json: Buffer;
}

/** Reads what a purge of history goes by. Every method throws `StorageError` where Postgres fails. */
export interface RoomHistoryReader {
  /** Ids of stored rooms in their order, a page at a time; `after` is exclusive. */
  listRoomIds(after: string, limit: number): Promise<string[]>;
  /**
   * The first event of the room's log that was stored at or after a time (milliseconds since the epoch), else the last event of the log.
   * Nothing where no event was stored before that time.
   */
  findFirstStoredSince(shard: number, roomNid: number, since: number): Promise<HistoryEvent | undefined>;
  /** When rows of the log were stored, by their position; milliseconds since the epoch. */
  findStoredTimes(shard: number, positions: readonly number[]): Promise<Map<number, number>>;
  /**
   * Accepted events of these rooms that were stored since a time and whose bytes have all that is asked for, wherever in them. What happened in
   * the deployment since that time is looked at.
   */
  findRecentMemberships(
    rooms: readonly { readonly shard: number; readonly roomNid: number }[],
    query: RecentMembershipQuery,
  ): Promise<RecentMembership[]>;
  /**
   * Events in the order of the timeline, rejected and soft-failed ones too. Those whose row of the log others may still need are left out:
   * they are there when asked for again a little later.
   */
  listHistory(query: HistoryPageQuery): Promise<HistoryEvent[]>;
}
