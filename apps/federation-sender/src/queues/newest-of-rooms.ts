import type { OutgoingEvent } from '@plexus/storage';

/** Of events in the order in which they were sent the last one of each room: what a destination that is behind gets first. */
export function newestOfRooms(events: readonly OutgoingEvent[]): OutgoingEvent[] {
  const newest = new Map<string, OutgoingEvent>();
  for (const { roomShard, roomNid, roomId, eventNid, position } of events) {
    const key = `${roomShard}/${roomNid}`;
    if ((newest.get(key)?.position ?? -1) < position)
      newest.set(key, { roomShard, roomNid, roomId, eventNid, position });
  }
  return [...newest.values()];
}
