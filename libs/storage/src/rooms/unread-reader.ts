import type { UnreadFacts } from '@plexus/room-dag';

/** A room by its numbers. */
export interface RoomNumbers {
  readonly shard: number;
  readonly roomNid: number;
}

/** What is known of a room and one of its users, in one snapshot. */
export interface StoredUnread extends UnreadFacts, RoomNumbers {
  /** Of the shard's log, up to which this counts. */
  readonly position: number;
}

/** Reads what a user has not read; any app may. Throws `StorageError` where Postgres fails. */
export interface UnreadReader {
  /** Rooms that are not stored are left out. */
  readUnread(userId: string, rooms: readonly RoomNumbers[]): Promise<StoredUnread[]>;
}
