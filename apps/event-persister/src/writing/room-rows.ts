import type { NewRoom, RoomChange } from '@plexus/storage';
import { depthOf } from '../rooms/room-head.ts';
import type { RoomHead } from '../rooms/room-head.ts';

export function roomChangeOf(head: RoomHead): RoomChange {
  return {
    shard: head.shard,
    roomNid: head.roomNid,
    currentRoot: head.currentRoot,
    forwardExtremities: head.extremities.map(({ eventNid }) => eventNid),
    depth: depthOf(head),
    topologicalPosition: head.topologicalPosition,
    joinedCount: head.joinedCount,
    invitedCount: head.invitedCount,
    notifyCount: head.notifyCount,
    threadNotifyCount: head.threadNotifyCount,
    partialJoin: head.partialJoin,
  };
}

export function newRoomOf(head: RoomHead): NewRoom {
  return { ...roomChangeOf(head), roomId: head.roomId, roomVersion: head.rules.version };
}
