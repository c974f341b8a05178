/** A room and its state. */
export interface RoomWithState {
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  readonly currentRoot: number;
  /** Whether servers other than those that are named are in it. */
  readonly hasOthers: boolean;
}

/** Walks through the rooms of a shard. `serverNames` are those that do not count as others. */
export interface RoomStateLister {
  /** In order of their numbers; `after` is exclusive. */
  listRooms(
    shard: number,
    page: { readonly after: number; readonly limit: number },
    serverNames: readonly string[],
  ): Promise<RoomWithState[]>;
  /** Those with rows of the log after a position; nothing where there are more than `limit` such rows. */
  listChangedRooms(
    shard: number,
    range: { readonly after: number; readonly limit: number },
    serverNames: readonly string[],
  ): Promise<RoomWithState[] | undefined>;
}
