import { findServerName } from '@plexus/matrix-base';
import type { ResidencyChange } from '@plexus/storage';
import type { ChangedKey } from './changes.ts';
import { membershipOf } from './project-memberships.ts';
import type { RoomHead } from './room-head.ts';
import type { RoomView } from './room-view.ts';

/** How many more or fewer users are joined and invited by a change of state, in all and of each server. */
export interface CountedMembers {
  readonly joinedDelta: number;
  readonly invitedDelta: number;
  readonly residency: readonly ResidencyChange[];
}

export function countMembers(view: RoomView, head: RoomHead, changed: readonly ChangedKey[]): CountedMembers {
  let joinedDelta = 0;
  let invitedDelta = 0;
  const residency: ResidencyChange[] = [];
  for (const { type, stateKey, eventNid } of changed) {
    if (type !== 'm.room.member') continue;
    const before = membershipOf(view.stateEvent(head.currentRoot, type, stateKey));
    const after = membershipOf(eventNid === undefined ? undefined : view.event(eventNid));
    const delta = Number(after === 'join') - Number(before === 'join');
    const serverName = findServerName(stateKey);
    joinedDelta += delta;
    invitedDelta += Number(after === 'invite') - Number(before === 'invite');
    if (delta !== 0 && serverName !== undefined)
      residency.push({ shard: head.shard, roomNid: head.roomNid, serverName, joinedDelta: delta });
  }
  return { joinedDelta, invitedDelta, residency };
}
