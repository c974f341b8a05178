import type { RoomNumbers } from '../rooms/unread-reader.ts';

/** An event that a user's own push rules judge otherwise than the usual ones do. */
export interface JudgedEvent {
  /** In the log of the room's shard. */
  readonly position: number;
  /** Nothing: in the main timeline. */
  readonly threadId: string | undefined;
  /** What it adds to the counts of notifications and of highlights: -1, 0 or 1. */
  readonly notify: number;
  readonly highlight: number;
}

/** What is stored of a room and one of its users: all events after a position, up to another, are judged. */
export interface JudgedUnread extends RoomNumbers {
  readonly after: number;
  readonly upTo: number;
  /** In the order of their positions. */
  readonly events: readonly JudgedEvent[];
}

/** A piece of a room's log that was judged for one of its users. */
export interface JudgedPiece extends JudgedUnread {
  readonly userId: string;
  /** Names the rules, and what they were compared with. */
  readonly rules: string;
  /** Up to where the user has read the whole room: what lies before is forgotten. */
  readonly readUpTo: number;
}

/** How users' own rules judge what they have not read. Whoever judges the same again comes to the same, so that several may. */
export interface JudgedUnreadRepository {
  /** What is stored by these rules, with the events after `after` of each room. Other rooms are left out. */
  readJudged(
    userId: string,
    rules: string,
    rooms: readonly (RoomNumbers & { readonly after: number })[],
  ): Promise<JudgedUnread[]>;
  /**
   * Stores a piece where it goes on from what is stored by the same rules; where nothing is, or nothing that the user has not read, it is the
   * first. False where what is stored ends elsewhere: then nothing is stored.
   */
  storeJudged(piece: JudgedPiece): Promise<boolean>;
  /** Forgets rooms of users for whom nothing was stored for so long. */
  removeUnused(olderThanMs: number): Promise<void>;
}
