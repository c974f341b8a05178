/** That users of a hosted server may not take part in a room. */
export interface RoomBlock {
  /** Empty: of every hosted server. */
  readonly serverName: string;
  readonly blockedBy: string;
}

/** Reads which rooms are blocked; blocking is a command to the room's owner. Throws `StorageError` where Postgres fails. */
export interface RoomBlockReader {
  findBlocks(roomId: string): Promise<RoomBlock[]>;
}
