import type { UserRoom } from './user-room-reader.ts';

/** Writes the projection of memberships. */
export interface UserRoomProjection {
  /** Stores each membership unless a later one of the same user and room is stored. At most one per user and room. */
  storeUserRooms(memberships: readonly UserRoom[]): Promise<void>;
}
