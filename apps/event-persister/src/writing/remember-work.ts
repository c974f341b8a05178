import type { RoomMemory } from '../rooms/room-memory.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Brings a committed unit of work into memory: nothing before the commit does. */
export function rememberWork(work: UnitOfWork, memory: RoomMemory): void {
  for (const item of work.stashed) item.wasStashed();
  for (const { owned, ...progress } of work.shards.values()) owned.advance(progress);
  for (const [roomId, { head, shard, uncommitted, changedKeys, isRemoved, isReplaced }] of work.rooms) {
    if (isRemoved) {
      memory.forgetRoom(roomId);
      continue;
    }
    if (isReplaced) memory.dropRoom(roomId);
    for (const [nodeNid, node] of uncommitted.nodes) memory.keepNode(shard, nodeNid, node);
    for (const known of uncommitted.events.values()) memory.keepEvent(shard, known);
    for (const [redacts, redactionIds] of uncommitted.redactions) memory.keepRedactions(roomId, redacts, redactionIds);
    for (const eventId of uncommitted.followed) memory.keepFollowed(roomId, eventId);
    // What was not looked up of a room that has come from elsewhere is with the next thing that happens in it.
    if (head?.erasedSenders === undefined) memory.dropRoom(roomId);
    else memory.replaceHead(head, changedKeys);
    memory.changeJoined(roomId, uncommitted.joinedDeltas);
  }
  for (const { shard, removed, outliers, judged } of work.purges) {
    for (const eventNids of [removed, outliers, judged]) memory.dropEvents(shard, eventNids);
  }
}
