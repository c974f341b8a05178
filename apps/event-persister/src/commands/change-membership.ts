import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { LocalEvent, Sent } from './append-local-event.ts';
import { appendLocalEvent } from './append-local-event.ts';
import { authorizeRestrictedJoin } from './authorize-restricted-join.ts';
import { BLOCKED, checkSender, isBlocked } from './check-sender.ts';
import type { CommandContext, Refusal } from './execution.ts';
import { forbid, INCOMPLETE, refuse } from './execution.ts';
import { isSameContent } from './is-same-content.ts';
import type { MembershipChange } from './membership-change.ts';

/**
 * A membership of a hosted user, or one that a hosted user gives to somebody. A membership that is already so, with the same content and
 * by the same sender, stays as it is.
 */
export function changeMembership(
  edit: RoomEdit,
  head: RoomHead,
  change: MembershipChange,
  context: CommandContext,
): Sent {
  const { sender, targetUserId, membership } = change;
  if (!isUserId(targetUserId)) {
    return refuse('M_INVALID_PARAM', 400, 'member.state_key', `${targetUserId} is not a user id`);
  }
  const current = edit.stateEvent(head.currentRoot, 'm.room.member', targetUserId)?.event;
  const before = current?.content['membership'];
  const refusal =
    checkSender(edit, head, { sender, isLeaving: membership === 'leave', servers: context.servers }) ??
    checkBefore(before, change) ??
    checkInvitedServer(head, change, context) ??
    checkResidency(edit, head, { change, before, context });
  if (edit.isIncomplete) return INCOMPLETE;
  if (refusal !== undefined) return refusal;
  const content: JsonObject = { ...change.content, membership };
  if (current !== undefined && current.sender === sender && isSameMember(current.content, content)) {
    return { outcome: 'unchanged', eventId: current.eventId };
  }
  const authorized = authorizeRestrictedJoin(edit, head, { change, before, context });
  if (authorized.outcome !== 'authorized') return authorized;
  const coSigners = [...authorized.coSigners, ...(membership === 'invite' ? [serverNameOf(targetUserId)] : [])];
  const local: LocalEvent = {
    type: 'm.room.member',
    sender,
    stateKey: targetUserId,
    content: { ...content, ...authorized.content },
    originServerTs: change.originServerTs,
    origin: change.origin,
    coSigners,
  };
  return appendLocalEvent(edit, head, local, context);
}

/** @NOTE Who authorized a restricted join is no part of what the user asked for. */
function isSameMember(current: JsonObject, asked: JsonObject): boolean {
  const { join_authorised_via_users_server: _authorizedBy, ...rest } = current;
  return isSameContent(rest, asked);
}

function checkBefore(before: unknown, { onlyFrom, targetUserId }: MembershipChange): Refusal | undefined {
  if (onlyFrom.length === 0 || onlyFrom.includes(typeof before === 'string' ? before : 'leave')) return undefined;
  return forbid('member.only_from', `The membership of ${targetUserId} is ${String(before ?? 'leave')}`);
}

/** An invite is signed by the invited user's server as well (https://spec.matrix.org/v1.19/server-server-api/#inviting-to-a-room). */
function checkInvitedServer(
  head: RoomHead,
  { membership, targetUserId }: MembershipChange,
  { servers }: CommandContext,
): Refusal | undefined {
  const serverName = serverNameOf(targetUserId);
  if (membership !== 'invite') return undefined;
  if (isBlocked(head, serverName)) return BLOCKED;
  if (servers.isHosted(serverName)) return undefined;
  return forbid('member.invite.remote', `${serverName} is not hosted here and cannot be asked to sign the invite`);
}

/**
 * A server without joined users asks a resident one for its join or knock, as it would by make_join over federation; with no hosted
 * server resident, the stored state authorizes nobody.
 */
function checkResidency(
  edit: RoomEdit,
  head: RoomHead,
  {
    change,
    before,
    context,
  }: { readonly change: MembershipChange; readonly before: unknown; readonly context: CommandContext },
): Refusal | undefined {
  const { membership, targetUserId } = change;
  // @NOTE Who is banned is not known as long as members are missing.
  if (head.partialJoin !== undefined && (membership === 'join' || membership === 'knock') && before !== 'join') {
    return NO_RESIDENT;
  }
  const isFirst = head.joinedCount === 0 && edit.isNewRoom;
  if ((membership !== 'join' && membership !== 'knock') || before === 'join' || isFirst) return undefined;
  if (head.joinedCount > 0 && edit.joinedCount(serverNameOf(targetUserId)) > 0) return undefined;
  if (head.joinedCount > 0 && edit.hasHostedResident((serverName) => context.servers.isHosted(serverName)))
    return undefined;
  return NO_RESIDENT;
}

const NO_RESIDENT = refuse(
  'M_NOT_FOUND',
  404,
  'member.no_resident_server',
  'No server is in the room that could let the user in',
);
