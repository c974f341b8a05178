import type { UserRoom } from './user-room-reader.ts';

/** Writes the projection of memberships, and reads what only its writer asks. */
export interface UserRoomProjection {
  /** Stores each membership unless a later one of the same user and room is stored. At most one per user and room. */
  storeUserRooms(memberships: readonly UserRoom[]): Promise<void>;
  /** The user has had no membership in the room, as far as anyone can see. */
  removeUserRoom(userId: string, roomId: string): Promise<void>;
  /** Users who are joined to a room, in order; `after` is exclusive. */
  listJoinedUsers(roomId: string, page: { readonly after: string; readonly limit: number }): Promise<string[]>;
  /** Removes memberships of a room that is gone; returns how many, at most `limit`. */
  removeRoom(roomId: string, limit: number): Promise<number>;
}
