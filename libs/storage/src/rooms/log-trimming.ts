import type { ShardEpoch } from './room-transactor.ts';
import type { RoomNumbers } from './unread-reader.ts';

/** Where a walk through the highlights of a shard has come to. */
export interface HighlightPlace {
  readonly roomNid: number;
  readonly userId: string;
  readonly position: number;
}

export interface HighlightsPiece {
  readonly after: HighlightPlace | undefined;
  /** What lies at or before this position of the log is too old, read or not. */
  readonly oldPosition: number;
  readonly limit: number;
}

/** A room with highlights for everybody. */
export interface HighlightedRoom extends RoomNumbers {
  /** Nothing where the room is being removed. */
  readonly roomId: string | undefined;
  /** Of the oldest of them. */
  readonly oldest: number;
  /** Up to which position memberships are projected: who joined before is among the room's members. */
  readonly projected: number;
}

/** Positions of the log up to which somebody has read a room. */
export interface ReadUpTo {
  /** Its main timeline. */
  readonly main: number;
  /** Its threads, all of them. */
  readonly threads: number;
}

/**
 * Takes out of a shard's log, and of what belongs to it, what nobody asks for any more. Each change is one statement under the shard's
 * epoch, and answers nothing where the shard is not owned in it; then nothing was changed.
 */
export interface LogTrimming {
  /** The last position at which the log of the shard is older than that; 0 where it is not. */
  findOldPosition(shard: number, olderThanMs: number): Promise<number>;
  /**
   * Removes receipts and tombstones from the next so many positions, no further than `upTo` and than the log is published and projected. The last
   * row of a room stays, and so do tombstones of events that changed its state, because the state at a position is read from there. Readers of the
   * log are given tombstones in their place.
   */
  trimLog(
    owner: ShardEpoch,
    piece: { readonly upTo: number; readonly limit: number },
  ): Promise<{ readonly removed: number; readonly isDone: boolean } | undefined>;
  /** Removes those of the next so many highlights that their user has read, or that are too old; `next` is nothing behind the last one. */
  trimHighlights(
    owner: ShardEpoch,
    piece: HighlightsPiece,
  ): Promise<{ readonly removed: number; readonly next: HighlightPlace | undefined } | undefined>;
  /** Rooms with highlights for everybody, in the order of their numbers; `after` is exclusive. */
  listHighlightedRooms(
    shard: number,
    page: { readonly after: number; readonly limit: number },
  ): Promise<HighlightedRoom[]>;
  /** How far users have read a room, as far as that is stored; who has not read it is left out. */
  readHowFar(room: RoomNumbers, userIds: readonly string[]): Promise<ReadonlyMap<string, ReadUpTo>>;
  /** Removes a room's highlights for everybody up to where everybody has read. Returns how many. */
  removeReadHighlights(owner: ShardEpoch, roomNid: number, upTo: ReadUpTo): Promise<number | undefined>;
}
