import { buildRoomEvent, DEFAULT_ROOM_VERSION, findRoomVersion, parseRoomEvent } from '@plexus/room-dag';
import { pruneStrippedState, toStrippedState } from '@plexus/room-dag';
import type { RoomEvent, RoomVersion, RoomVersionRules, StrippedStateEvent } from '@plexus/room-dag';
import { encodeUrlSafeBase64, isUserId, parseJson, serverNameOf } from '@plexus/matrix-base';
import type { ReceiveMembership } from '@plexus/rpc';
import type { MembershipWithoutRoom, UserRoom } from '@plexus/storage';
import { logMembership } from '../rooms/log-membership.ts';
import { membershipOf } from '../rooms/project-memberships.ts';
import { mayEndMembership } from '../pdus/may-end-membership.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { roomVersionIn } from '../rooms/stored-stripped-state.ts';
import { BLOCKED, isBlocked } from './check-sender.ts';
import type { CommandContext, Execution, Refusal } from './execution.ts';
import { forbid, INCOMPLETE, refuse } from './execution.ts';

/** More of what another server says of a room is left out: it goes out with the log, and to the user with every sync. */
const MAX_STRIPPED_EVENTS = 100;
const MAX_STRIPPED_BYTES = 64 * 1024;
const LAST_VERSION_WITH_SERVER_IN_ROOM_ID: RoomVersion = '11';

/**
 * A membership of a hosted user that comes without its room: an invite over federation, a knock that a resident server took, the end of either.
 * It never enters the state of a room, not of one that is stored for other hosted servers either.
 */
export function receiveMembership(edit: RoomEdit, command: ReceiveMembership, context: CommandContext): Execution {
  const { userId } = command;
  if (!isUserId(userId)) return refuse('M_INVALID_PARAM', 400, 'member.state_key', `${userId} is not a user id`);
  const current = edit.userRoom(userId);
  const isOursAlone = command.json.length === 0;
  const rules = isOursAlone ? rulesOfLeave(edit, current) : findRoomVersion(command.roomVersion);
  if (rules === undefined) {
    return refuse('M_INCOMPATIBLE_ROOM_VERSION', 400, 'room.version', `Unknown room version ${command.roomVersion}`);
  }
  const inRoom = edit.head && membershipOf(edit.stateEvent(edit.head.currentRoot, 'm.room.member', userId));
  if (edit.isIncomplete) return INCOMPLETE;
  if (isRepeated(command, current)) return { outcome: 'unchanged', eventIds: [command.eventId].filter(Boolean) };
  const read = isOursAlone ? buildLeave(edit, command, { rules, current, context }) : readEvent(command, rules);
  if ('outcome' in read) return read;
  const refusal =
    checkUser(command, current, context) ?? checkEnd(read, current) ?? checkMembership(edit, read, inRoom);
  if (edit.isIncomplete) return INCOMPLETE;
  if (refusal !== undefined) return refusal;
  const previousMembership = current?.membership;
  logMembership(edit, { ...membershipFrom(read, command), roomVersion: rules.version, previousMembership });
  return { outcome: 'settled' };
}

interface ReadMembership {
  readonly event: RoomEvent;
  readonly json: Buffer;
  readonly membership: UserRoom['membership'];
}

function isRepeated({ json, eventId }: ReceiveMembership, current: UserRoom | undefined): boolean {
  if (json.length > 0) return current?.eventId === eventId;
  return current?.membership === 'leave' && current.roomNid === 0;
}

function readEvent({ json, eventId, userId }: ReceiveMembership, rules: RoomVersionRules): ReadMembership | Refusal {
  const event = parseRoomEvent(json, eventId, rules);
  const { membership } = event.content;
  const isOfUser = event.type === 'm.room.member' && event.stateKey === userId;
  if (!isOfUser || !isWithoutRoom(membership)) {
    return refuse('M_INVALID_PARAM', 400, 'member.format', 'The event is no such membership of the user');
  }
  return { event, json, membership };
}

function isWithoutRoom(membership: unknown): membership is Exclude<UserRoom['membership'], 'join'> {
  return membership === 'invite' || membership === 'knock' || membership === 'leave' || membership === 'ban';
}

/** Nobody may have told of which version the room is, and it may be one that is not known here: a leave that is ours alone can be of any. */
function rulesOfLeave(edit: RoomEdit, current: UserRoom | undefined): RoomVersionRules | undefined {
  const told = edit.head?.rules.version ?? roomVersionIn(current?.strippedState) ?? current?.roomVersion;
  const { roomId } = edit.sources;
  const fallback = roomId.includes(':') ? LAST_VERSION_WITH_SERVER_IN_ROOM_ID : DEFAULT_ROOM_VERSION;
  return findRoomVersion(told ?? fallback) ?? findRoomVersion(fallback);
}

/** A leave that no other server accepts: only this deployment will ever see it. */
function buildLeave(
  edit: RoomEdit,
  { userId, reason }: ReceiveMembership,
  {
    rules,
    current,
    context,
  }: { readonly rules: RoomVersionRules; readonly current: UserRoom | undefined; readonly context: CommandContext },
): ReadMembership | Refusal {
  const serverName = serverNameOf(userId);
  const key = context.keys.findSigningKey(serverName);
  if (key === undefined) return forbid('server.not_hosted', `${serverName} is not hosted here`);
  const built = buildRoomEvent(
    {
      type: 'm.room.member',
      sender: userId,
      roomId: edit.sources.roomId,
      stateKey: userId,
      content: { membership: 'leave', ...(reason !== '' && { reason }) },
      prevEvents: current === undefined || rules.eventReferences === 'pairs' ? [] : [current.eventId],
      authEvents: [],
      depth: 1,
      originServerTs: context.clock.now(),
      eventId:
        rules.eventIdFormat === 'server-chosen'
          ? `$${encodeUrlSafeBase64(context.random.bytes(18))}:${serverName}`
          : undefined,
      referenceHashes: rules.eventReferences === 'pairs' ? new Map() : undefined,
    },
    rules,
    [{ serverName, key }],
  );
  if (built.outcome === 'drop') return refuse('M_BAD_JSON', 400, built.rule, built.because);
  return { event: built.event, json: built.bytes, membership: 'leave' };
}

/** @NOTE A server that is being removed still lets its users leave. */
function checkUser(
  { userId, onlyFrom }: ReceiveMembership,
  current: UserRoom | undefined,
  { servers }: CommandContext,
): Refusal | undefined {
  const serverName = serverNameOf(userId);
  const server = servers.find(serverName);
  if (server === undefined) return forbid('server.not_hosted', `${serverName} is not hosted here`);
  const before = current?.membership ?? 'leave';
  if (onlyFrom.length === 0 || onlyFrom.includes(before)) return undefined;
  return forbid('member.only_from', `The membership of ${userId} is ${before}`);
}

/** Users may always go; nobody else ends a membership but who may. */
function checkEnd({ membership, event }: ReadMembership, current: UserRoom | undefined): Refusal | undefined {
  const isEnd = membership === 'leave' || membership === 'ban';
  if (!isEnd || event.sender === event.stateKey || mayEndMembership(event, current)) return undefined;
  return forbid('member.end', `${event.sender} has not made the membership that the event ends`);
}

/** A room that is stored knows better than who invites to it from outside, as long as somebody here is in it. */
function checkMembership(
  edit: RoomEdit,
  { membership, event }: ReadMembership,
  inRoom: UserRoom['membership'] | undefined,
): Refusal | undefined {
  const { head } = edit;
  if (event.roomId !== edit.sources.roomId) {
    return refuse('M_INVALID_PARAM', 400, 'member.room_id', 'The event is of another room');
  }
  if (head === undefined) return undefined;
  const serverName = serverNameOf(event.stateKey ?? '');
  if (membership === 'invite' && isBlocked(head, serverName)) return BLOCKED;
  if (inRoom !== 'join' && inRoom !== 'ban') return undefined;
  if (!edit.hasHostedResident((name) => edit.isHosted(name))) return undefined;
  return forbid(`member.${membership}.${inRoom}`, `The user is ${inRoom === 'ban' ? 'banned from' : 'in'} the room`);
}

function membershipFrom(
  { event, json, membership }: ReadMembership,
  command: ReceiveMembership,
): Omit<MembershipWithoutRoom, 'roomVersion' | 'previousMembership'> {
  const { roomId, sender, eventId } = event;
  const isAsked = membership === 'invite' || membership === 'knock';
  const strippedState = isAsked ? completeStrippedState(command.strippedState, event) : undefined;
  return { roomId, userId: command.userId, membership, sender, eventId, json, strippedState };
}

/** What another server says of the room, reduced to what clients get, and the membership event itself. */
function completeStrippedState(bytes: Buffer, member: RoomEvent): Buffer {
  const parsed = parseJson(bytes.length === 0 ? '[]' : bytes);
  const given = parsed.outcome === 'ok' && Array.isArray(parsed.value) ? parsed.value : [];
  const stripped = given
    .slice(0, MAX_STRIPPED_EVENTS)
    .map(pruneStrippedState)
    .filter((event) => event !== undefined)
    .filter((event) => event.type !== 'm.room.member' || event.state_key !== member.stateKey);
  const own = toStrippedState(member);
  let left = MAX_STRIPPED_BYTES - sizeOf(own);
  const fitting = stripped.filter((event) => {
    const size = sizeOf(event);
    const fits = size <= left;
    if (fits) left -= size;
    return fits;
  });
  return Buffer.from(JSON.stringify([...fitting, own]));
}

function sizeOf(event: StrippedStateEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}
