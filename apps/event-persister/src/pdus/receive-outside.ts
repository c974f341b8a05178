import { findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { findServerName, isJsonObject, isUserId, parseJson, serverNameOf } from '@plexus/matrix-base';
import type { UserRoom } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import { logMembership } from '../rooms/log-membership.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { ReceivedOutcome } from './received-outcome.ts';

const NOT_IN_ROOM = { outcome: 'dropped', because: 'no server here is in the room' } as const;

/**
 * A PDU of a room that no hosted server is in. One kind counts: that which takes back the invite of a hosted user, or turns down their knock.
 *
 * @NOTE No state says who may do that. An invite is taken back by who sent it; a knock is turned down by a server that told us of the room.
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
  if (current === undefined || !mayEnd(event, current)) return NOT_IN_ROOM;
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

function mayEnd(event: RoomEvent, current: UserRoom): boolean {
  if (current.membership === 'invite') return event.sender === current.sender;
  if (current.membership !== 'knock' || current.strippedState === undefined) return false;
  return sendersOf(current.strippedState).has(findServerName(event.sender));
}

/** The servers of who sent the state that came with a knock. */
function sendersOf(strippedState: Buffer): ReadonlySet<string | undefined> {
  const parsed = parseJson(strippedState);
  const events = parsed.outcome === 'ok' && Array.isArray(parsed.value) ? parsed.value : [];
  const senders = events.map((event) => (isJsonObject(event) ? event['sender'] : undefined));
  return new Set(senders.filter((sender) => typeof sender === 'string').map((sender) => findServerName(sender)));
}
