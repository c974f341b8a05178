import { compileServerAcl, powerLevelOf, requiredActionLevel } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { ProtoEvent } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { shownStateEvent } from '../rooms/shown-state.ts';
import type { LocalEvent, Sent } from './append-local-event.ts';
import { appendLocalEvent } from './append-local-event.ts';
import { changeMembership } from './change-membership.ts';
import { checkSender } from './check-sender.ts';
import { checkRelation } from './check-relation.ts';
import type { CommandContext, Refusal } from './execution.ts';
import { forbid, INCOMPLETE, refuse } from './execution.ts';
import { isSameContent } from './is-same-content.ts';
import { parseContent } from './parse-content.ts';

/**
 * A message, state or redaction event of a hosted user. State that is already so, by the same sender, stays as it is and answers with
 * the event that made it so.
 */
export function sendEvent(edit: RoomEdit, head: RoomHead, proto: ProtoEvent, context: CommandContext): Sent {
  const content = parseContent(proto.content, head.rules);
  if (content === undefined) return refuse('M_BAD_JSON', 400, 'content.json', 'The content is not a JSON object');
  const local = localEventOf(proto, content, head.rules);
  if (local.type === 'm.room.create') return forbid('create.prev_events', 'The room has a create event');
  if (local.type === 'm.room.member' && isUserId(local.stateKey)) return sendMembership(edit, head, local, context);
  const refusal =
    checkSender(edit, head, { sender: local.sender, isLeaving: false, servers: context.servers }) ??
    checkServerAcl(local) ??
    checkRedaction(edit, head, local) ??
    checkRelation(edit, local);
  if (edit.isIncomplete) return INCOMPLETE;
  if (refusal !== undefined) return refusal;
  return findSameState(edit, head, local) ?? appendLocalEvent(edit, head, local, context);
}

function localEventOf(proto: ProtoEvent, content: JsonObject, rules: RoomVersionRules): LocalEvent {
  return {
    type: proto.type,
    sender: proto.sender,
    stateKey: proto.stateKey,
    content,
    redacts: presentOf(proto.redacts) ?? redactsOf(proto, content, rules),
    originServerTs: proto.originServerTs === 0 ? undefined : proto.originServerTs,
    origin: { transactionId: presentOf(proto.transactionId), senderDeviceId: presentOf(proto.senderDeviceId) },
  };
}

/** @NOTE A redaction that was sent as state names in its content what it takes apart: other servers would, so it is judged here too. */
function redactsOf({ type }: ProtoEvent, { redacts }: JsonObject, rules: RoomVersionRules): string | undefined {
  return type === 'm.room.redaction' && rules.redaction.redactsInContent && typeof redacts === 'string'
    ? redacts
    : undefined;
}

function presentOf(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function sendMembership(edit: RoomEdit, head: RoomHead, local: LocalEvent, context: CommandContext): Sent {
  const { membership } = local.content;
  if (typeof membership !== 'string' || local.stateKey === undefined) {
    return refuse('M_BAD_JSON', 400, 'member.membership', 'The content names no membership');
  }
  return changeMembership(edit, head, { ...local, targetUserId: local.stateKey, membership, onlyFrom: [] }, context);
}

/** An ACL that denies the sender's own server would lock its users out at once. */
function checkServerAcl({ type, stateKey, sender, content }: LocalEvent): Refusal | undefined {
  if (type !== 'm.room.server_acl' || stateKey !== '') return undefined;
  if (compileServerAcl(content).allows(serverNameOf(sender))) return undefined;
  return refuse('M_UNKNOWN', 400, 'server_acl.own_server', 'The server ACL would deny the sender’s own server');
}

/**
 * Redacting one's own events, or others' with the power to
 * (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid). From room version 3 on the
 * authorization rules let every redaction pass, and servers decide when they apply it.
 */
function checkRedaction(edit: RoomEdit, head: RoomHead, { type, redacts, sender }: LocalEvent): Refusal | undefined {
  if (type !== 'm.room.redaction' || redacts === undefined) return undefined;
  const target = edit.eventById(redacts);
  if (target === undefined) return refuse('M_NOT_FOUND', 404, 'redaction.unknown', 'The room has no such event');
  if (target.event.type === 'm.room.create') return forbid('redaction.create', 'The create event cannot be redacted');
  if (target.event.type === 'm.room.server_acl')
    return forbid('redaction.server_acl', 'A server ACL cannot be redacted');
  const state = edit.authState(head.currentRoot);
  const hasPower = powerLevelOf(sender, state) >= requiredActionLevel('redact', state);
  return hasPower || target.event.sender === sender
    ? undefined
    : forbid('redaction.power', 'The sender may not redact the event');
}

function findSameState(edit: RoomEdit, head: RoomHead, local: LocalEvent): Sent | undefined {
  if (local.stateKey === undefined) return undefined;
  const current = shownStateEvent(edit, head.currentRoot, { type: local.type, stateKey: local.stateKey });
  if (edit.isIncomplete) return INCOMPLETE;
  if (current === undefined || current.sender !== local.sender) return undefined;
  return isSameContent(current.content, local.content) ? { outcome: 'unchanged', eventId: current.eventId } : undefined;
}
