/** A membership of a hosted server's user, as projected from the room log. */
export interface UserRoom {
  readonly userId: string;
  readonly roomId: string;
  readonly shard: number;
  readonly roomNid: number;
  readonly membership: 'join' | 'invite' | 'leave' | 'ban' | 'knock';
  readonly previousMembership: string | undefined;
  readonly sender: string;
  readonly eventId: string;
  /** Of the row in the shard's room log that brought this membership. */
  readonly position: number;
  /** JSON array of stripped state events, on invites and knocks. */
  readonly strippedState: Buffer | undefined;
  /** Of the room, where the membership came without it. Nothing where the room is stored, and where an earlier release wrote it down. */
  readonly roomVersion?: string | undefined;
}

export interface UserRoomReader {
  /** All rooms in which the user has or had a membership. */
  findUserRooms(userId: string): Promise<UserRoom[]>;
  findUserRoom(userId: string, roomId: string): Promise<UserRoom | undefined>;
  /** Ids of the rooms that a user is joined to, in order, a page at a time; `after` is exclusive. */
  listJoinedRooms(userId: string, page: { readonly after: string; readonly limit: number }): Promise<string[]>;
  /** Ids of the rooms that two users of hosted servers are joined to, in order, a page at a time; `after` is exclusive. */
  listSharedRooms(
    userId: string,
    otherId: string,
    page: { readonly after: string; readonly limit: number },
  ): Promise<string[]>;
  countSharedRooms(userId: string, otherId: string): Promise<number>;
}
