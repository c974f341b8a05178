/**
 * Stands for the room of what is set aside in a shard and belongs to none of its rooms. It has a queue of its own, as rooms have, and
 * is no room id.
 */
export function noRoomOf(shard: number): string {
  return `#${shard}`;
}
