import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { ChangeMembership, RoomCommand } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { acceptPdu } from './accept-pdu.ts';
import type { Sent } from './append-local-event.ts';
import { blockRoom } from './block-room.ts';
import { changeMembership } from './change-membership.ts';
import { createRoom } from './create-room.ts';
import { dropExtremities } from './drop-extremities.ts';
import { dropParked } from './drop-parked.ts';
import { eraseEvents } from './erase-events.ts';
import type { CommandContext, Execution } from './execution.ts';
import { refuse } from './execution.ts';
import { forgetUser } from './forget-user.ts';
import { purgeEvents } from './purge-events.ts';
import { receiveMembership } from './receive-membership.ts';
import { removeRoom } from './remove-room.ts';
import { listRoom } from './list-room.ts';
import { sendEvent } from './send-event.ts';
import { settleDeadLetter } from './settle-dead-letter.ts';
import type { MembershipChange } from './membership-change.ts';

/** Attempts a command on a room. */
export function executeCommand(
  edit: RoomEdit,
  command: NonNullable<RoomCommand['command']>,
  context: CommandContext,
): Execution {
  if (command.$case === 'createRoom') return createRoom(edit, command.value, context);
  if (command.$case === 'deadLetter') return settleDeadLetter(edit, command.value, context);
  if (command.$case === 'forgetUser') return forgetUser(edit, command.value, context);
  if (command.$case === 'removeRoom') return removeRoom(edit, command.value, context);
  if (command.$case === 'blockRoom') return blockRoom(edit, command.value);
  if (command.$case === 'dropParked') return dropParked(edit, command.value);
  if (command.$case === 'acceptPdu') return acceptPdu(edit, command.value, context);
  if (command.$case === 'receiveMembership') return receiveMembership(edit, command.value, context);
  const { head } = edit;
  if (head === undefined) return refuse('M_NOT_FOUND', 404, 'room.unknown', 'Unknown room');
  if (command.$case === 'dropExtremities') return dropExtremities(edit, head);
  if (command.$case === 'purgeEvents') return purgeEvents(edit, head, { ...command.value, servers: context.servers });
  if (command.$case === 'eraseEvents') return eraseEvents(edit, head, command.value);
  if (command.$case === 'listRoom') return listRoom(edit, head);
  if (command.$case === 'sendEvent' && command.value.event !== undefined) {
    return executionOf(sendEvent(edit, head, command.value.event, context));
  }
  if (command.$case !== 'changeMembership') return refuse('M_UNKNOWN', 400, 'command.unknown', 'Unknown command');
  const content = parseObject(command.value.content);
  if (content === undefined) return refuse('M_BAD_JSON', 400, 'content.json', 'The content is not a JSON object');
  return executionOf(changeMembership(edit, head, changeOf(command.value, content), context));
}

function changeOf(command: ChangeMembership, content: JsonObject): MembershipChange {
  return {
    sender: command.sender,
    targetUserId: command.targetUserId,
    membership: command.membership,
    content,
    onlyFrom: command.onlyFrom,
    originServerTs: undefined,
    origin: {
      transactionId: undefined,
      senderDeviceId: command.senderDeviceId === '' ? undefined : command.senderDeviceId,
    },
  };
}

function parseObject(bytes: Buffer): JsonObject | undefined {
  const parsed = parseJson(bytes.length === 0 ? '{}' : bytes);
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : undefined;
}

function executionOf(sent: Sent): Execution {
  if (sent.outcome === 'unchanged') return { outcome: 'unchanged', eventIds: [sent.eventId] };
  if (sent.outcome !== 'appended') return sent;
  const { eventNid, event } = sent.known;
  return { outcome: 'stored', eventNids: [eventNid], eventIds: [event.eventId] };
}
