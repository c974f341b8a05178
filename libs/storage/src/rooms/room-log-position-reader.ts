/** Where a generation began in a shard's log: rows of an earlier one beyond this position are lost. */
export interface GenerationStart {
  readonly generation: number;
  readonly shard: number;
  readonly position: number;
}

/** What a follower of the room log asks besides its rows; any app may. Every method throws `StorageError` where Postgres fails. */
export interface RoomLogPositionReader {
  /** The deployment's generation, raised after a restore or a failover that lost commits. */
  readGeneration(): Promise<number>;
  /** Where each generation but the first began. */
  readGenerationStarts(): Promise<GenerationStart[]>;
  /** Up to which position of each shard `UserRoomReader` has all memberships, at least; index is the shard. */
  readProjectedPositions(): Promise<number[]>;
  /** The last position of each of these rooms in the shard's log; rooms without a row are left out. */
  readLastPositions(shard: number, roomNids: readonly number[]): Promise<Map<number, number>>;
}
