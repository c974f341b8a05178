import type { UserRoom } from './user-room-reader.ts';

/** Writes the projection of memberships. */
export interface UserRoomProjection {
  /** Stores each membership unless a later one of the same user and room is stored. At most one per user and room. */
  storeUserRooms(memberships: readonly UserRoom[]): Promise<void>;
  /** The user has had no membership in the room, as far as anyone can see. */
  removeUserRoom(userId: string, roomId: string): Promise<void>;
  /** Removes memberships of a room that is gone; returns how many, at most `limit`. */
  removeRoom(roomId: string, limit: number): Promise<number>;
}
