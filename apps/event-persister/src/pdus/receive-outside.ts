import { findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { UserRoom } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import { logMembership } from '../rooms/log-membership.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { mayEndMembership } from './may-end-membership.ts';
import type { ReceivedOutcome } from './received-outcome.ts';

const NOT_IN_ROOM = { outcome: 'dropped', because: 'no server here is in the room' } as const;

/**
 * A PDU of a room that no hosted server is in. One kind counts: that which takes back the invite of a hosted user, or turns down their knock.
 */
export function receiveOutside(edit: RoomEdit, record: FederationPduRecord): ReceivedOutcome {
  const rules = findRoomVersion(record.roomVersion);
  if (rules === undefined) return NOT_IN_ROOM;
  const event = parseRoomEvent(record.json, record.eventId, rules);
  const end = endOfMembership(edit, event);
  if (end === undefined || event.roomId !== edit.sources.roomId) return NOT_IN_ROOM;
  const current = edit.userRoom(end.userId);
  if (edit.isIncomplete) return { outcome: 'incomplete' };
  if (current?.eventId === event.eventId) return { outcome: 'duplicate', status: 'accepted' };
  if (current === undefined || !mayEndMembership(event, current)) return NOT_IN_ROOM;
  logMembership(edit, {
    ...end,
    roomId: event.roomId,
    roomVersion: rules.version,
    previousMembership: current.membership,
    sender: event.sender,
    eventId: event.eventId,
    json: record.json,
    strippedState: undefined,
  });
  return { outcome: 'stored', status: 'accepted', rule: undefined };
}

function endOfMembership(
  edit: RoomEdit,
  { type, stateKey, content }: RoomEvent,
): Pick<UserRoom, 'userId' | 'membership'> | undefined {
  const { membership } = content;
  if (type !== 'm.room.member' || !isUserId(stateKey) || !edit.isHosted(serverNameOf(stateKey))) return undefined;
  return membership === 'leave' || membership === 'ban' ? { userId: stateKey, membership } : undefined;
}
