/** What a follower of the room log asks besides its rows; any app may. Every method throws `StorageError` where Postgres fails. */
export interface RoomLogPositionReader {
  /** The deployment's generation, raised after a restore or a failover that lost commits. */
  readGeneration(): Promise<number>;
  /** Up to which position of each shard `UserRoomReader` has all memberships, at least; index is the shard. */
  readProjectedPositions(): Promise<number[]>;
  /** The last position of each of these rooms in the shard's log; rooms without a row are left out. */
  readLastPositions(shard: number, roomNids: readonly number[]): Promise<Map<number, number>>;
}
