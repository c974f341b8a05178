import type { JsonObject } from '@plexus/matrix-base';

/** Tells which room a user gets notices of their server in; any app may ask. */
export interface NoticeRoomReader {
  /** Nothing where the user has none yet. */
  findRoom(userId: string): Promise<string | undefined>;
}

/** A room of notices, as it is kept before the room's owner is asked: who asks again makes the same room. */
export interface NewNoticeRoom {
  readonly userId: string;
  readonly serverName: string;
  readonly roomId: string;
  readonly roomVersion: string;
  /** Canonical JSON, signed. */
  readonly createEvent: Buffer;
}

export interface NoticeRoom extends NewNoticeRoom {
  /** Whether the room's owner has stored it. */
  readonly isMade: boolean;
  /** What the room and its sender look like: what was last stored there. */
  readonly look: JsonObject;
  /** How often that was changed. */
  readonly lookVersion: number;
  /** The notice of a reached limit, while it is pinned. */
  readonly limitEventId: string | undefined;
}

/** Written by notices. */
export interface GoneNoticesRepository {
  /** Forgets what was kept of users who are no more, as their server was removed; at most so many rows of each kind. Returns how many went. */
  removeGone(limit: number): Promise<number>;
}

/** The rooms of notices: each user has one. Written by notices. */
export interface NoticeRoomRepository extends NoticeRoomReader {
  find(userId: string): Promise<NoticeRoom | undefined>;
  /** Keeps the room unless the user has one; returns the user's. Nothing where another user's room has this id. */
  insertOrGet(room: NewNoticeRoom): Promise<NoticeRoom | undefined>;
  /** The room's owner has stored it, and it looks like this. */
  setMade(userId: string, roomId: string, look: JsonObject): Promise<void>;
  /** The room looks otherwise now; without effect where `lookVersion` was replaced meanwhile. */
  setLook(userId: string, change: { readonly look: JsonObject; readonly lookVersion: number }): Promise<void>;
  setLimitEvent(userId: string, eventId: string | undefined): Promise<void>;
  /** The room is no more: the next notice makes another one. */
  forget(userId: string, roomId: string): Promise<void>;
  /** Servers whose users have the notice of a limit pinned. */
  listLimitedServers(): Promise<string[]>;
  /** Users of a server in whose rooms the notice of a limit is pinned, in order; `after` is exclusive. */
  listLimited(serverName: string, page: { readonly after: string; readonly limit: number }): Promise<string[]>;
}
