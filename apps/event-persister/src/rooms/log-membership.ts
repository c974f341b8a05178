import { encodeMembershipWithoutRoom } from '@plexus/storage';
import type { MembershipWithoutRoom } from '@plexus/storage';
import { membershipEntry, WITHOUT_ROOM } from './log-entries.ts';
import type { RoomEdit } from './room-edit.ts';

/** Gives a membership that comes without its room a row of the log, and has it projected. */
export function logMembership(edit: RoomEdit, membership: MembershipWithoutRoom): void {
  const { shard } = edit;
  const position = edit.allot('position');
  const { json: _json, ...projected } = membership;
  edit.changes.memberships.push({ ...projected, shard, position, roomNid: WITHOUT_ROOM });
  const { roomId, roomVersion } = membership;
  const body = encodeMembershipWithoutRoom(membership);
  edit.changes.log.push(membershipEntry({ shard, position }, { roomId, roomVersion }, body));
}
