import { isUserId } from '@plexus/matrix-base';
import type { UserRoom } from '@plexus/storage';
import type { KnownEvent } from '../rooms/known-event.ts';
import { membershipOf } from '../rooms/project-memberships.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { MemberCounts } from './imported-state.ts';

/** Counts anew who is in the room, by a state that was received. */
export function countResidents(
  edit: RoomEdit,
  { shard, roomNid }: Pick<RoomHead, 'shard' | 'roomNid'>,
  { joinedByServer }: Pick<MemberCounts, 'joinedByServer'>,
): void {
  edit.changes.residencyResets.push({ shard, roomNid });
  for (const [serverName, joinedDelta] of joinedByServer) {
    edit.changes.residency.push({ shard, roomNid, serverName, joinedDelta });
  }
}

/** Hosted users may have a membership by a state that was received: a ban, or an invite. The last row of the log brings it. */
export function projectHosted(
  edit: RoomEdit,
  head: RoomHead,
  { hostedMembers, except }: { readonly hostedMembers: readonly number[]; readonly except: ReadonlySet<string> },
): void {
  for (const eventNid of hostedMembers) {
    const known = edit.event(eventNid);
    const userId = known?.event.stateKey;
    const membership = membershipOf(known);
    if (known === undefined || membership === undefined || !isUserId(userId) || except.has(userId)) continue;
    edit.changes.memberships.push(userRoomOf(edit, head, { known, userId, membership }));
  }
}

function userRoomOf(
  edit: RoomEdit,
  { shard, roomNid, roomId }: RoomHead,
  { known, userId, membership }: Pick<UserRoom, 'userId' | 'membership'> & { readonly known: KnownEvent },
): UserRoom {
  const { sender, eventId } = known.event;
  const { position } = edit.counters;
  const rest = { previousMembership: undefined, strippedState: undefined };
  return { ...rest, userId, roomId, shard, roomNid, membership, sender, eventId, position };
}
