import type { JsonObject } from '@plexus/matrix-base';

/** A hosted user's own membership in a room of other servers. */
export interface RemoteMembership {
  readonly roomId: string;
  readonly userId: string;
  readonly membership: 'join' | 'knock' | 'leave';
  /** What the event says besides the membership. */
  readonly content: JsonObject;
  /** Servers that may be in the room, the likeliest first. */
  readonly servers: readonly string[];
}

/** An invite of another server's user by a hosted one. */
export interface RemoteInvite {
  readonly roomId: string;
  readonly sender: string;
  readonly targetUserId: string;
  readonly content: JsonObject;
}

export interface BackfillQuery {
  readonly roomId: string;
  /** The hosted server whose user reads. */
  readonly origin: string;
  /** A topological position: history is wanted from there back. */
  readonly upTo: number;
  readonly limit: number;
}

/** Why another server's room is not as a user wants it, in the words of the Client-Server API. */
export interface RemoteRefusal {
  readonly outcome: 'refused';
  readonly errcode: string;
  readonly httpStatus: number;
  readonly error: string;
  /** Of `M_INCOMPATIBLE_ROOM_VERSION`: the room's. */
  readonly roomVersion?: string | undefined;
}

/** What became of a membership in a room of other servers. */
export type RemoteRoomOutcome = { readonly outcome: 'done'; readonly eventId: string } | RemoteRefusal;

/**
 * Memberships and history that other servers give. What they refuse is a value; `RemoteServerError` is thrown where our own side is broken, and whether
 * anything happened is then unknown.
 */
export interface RemoteRooms {
  /** When it is `done`, the room, or the membership without it, is stored. */
  changeMembership(wanted: RemoteMembership): Promise<RemoteRoomOutcome>;
  inviteUser(wanted: RemoteInvite): Promise<RemoteRoomOutcome>;
  /** How many events are here that were not before; 0 where no server gives any. */
  backfill(query: BackfillQuery): Promise<number>;
}
