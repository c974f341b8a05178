/** A room and its state. */
export interface RoomWithState {
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  readonly currentRoot: number;
  /** Whether servers other than those that are named are in it. */
  readonly hasOthers: boolean;
}

/** Walks through all rooms of a shard. */
export interface RoomStateLister {
  /** In order of their numbers; `after` is exclusive. */
  listRooms(
    shard: number,
    page: { readonly after: number; readonly limit: number },
    serverNames: readonly string[],
  ): Promise<RoomWithState[]>;
}
