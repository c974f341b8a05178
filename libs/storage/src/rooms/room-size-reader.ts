/** How much of the database rooms take. */
export interface RoomSizeReader {
  /** About as many bytes as a room's events have, the largest first, estimated from a sample. */
  listLargestRooms(limit: number): Promise<{ readonly roomId: string; readonly bytes: number }[]>;
}
