/** Where a room is stored. */
export interface RoomPlace {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomVersion: string;
}
