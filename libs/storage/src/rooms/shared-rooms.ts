/** A room in which another server has had users. */
export interface SharedRoom {
  readonly roomId: string;
  /** Of its newest event, in the log of its shard; 0 where none is left there. */
  readonly position: number;
}

export interface SharedRoomsQuery {
  /** The other server. */
  readonly serverName: string;
  /** Only rooms in which this hosted server has had users too. */
  readonly sharedBy: string | undefined;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** Reads which rooms another server is, or was, in; any app may. */
export interface SharedRoomReader {
  /** In the order of their ids. */
  pageSharedRooms(query: SharedRoomsQuery): Promise<{ readonly rooms: SharedRoom[]; readonly total: number }>;
}
