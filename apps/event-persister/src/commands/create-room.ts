import { checkAuth, findRoomVersion, isCreateEvent, readReceivedPdu } from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import { parseJson } from '@plexus/matrix-base';
import type { CreateRoom } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { NOBODY_ERASED } from '../rooms/room-head.ts';
import { checkSender } from './check-sender.ts';
import type { CommandContext, Execution } from './execution.ts';
import { forbid, INCOMPLETE, refuse } from './execution.ts';
import { sendEvent } from './send-event.ts';

/** A room from its create event on: all of its events or none. */
export function createRoom(edit: RoomEdit, command: CreateRoom, context: CommandContext): Execution {
  if (edit.head !== undefined) return refuse('M_ROOM_IN_USE', 400, 'create.exists', 'The room exists');
  const rules = findRoomVersion(command.roomVersion);
  if (rules === undefined) {
    return refuse(
      'M_UNSUPPORTED_ROOM_VERSION',
      400,
      'create.room_version',
      `Unknown room version ${command.roomVersion}`,
    );
  }
  const create = readCreateEvent(command.createEvent, rules);
  if (create === undefined || create.event.roomId !== edit.sources.roomId) {
    return refuse('M_BAD_JSON', 400, 'create.format', 'The create event is not a valid one of this room');
  }
  const refusal = checkSender(edit, undefined, {
    sender: create.event.sender,
    isLeaving: false,
    servers: context.servers,
  });
  if (refusal !== undefined) return refusal;
  const auth = checkAuth(create.event, edit.authState(0));
  if (auth.outcome === 'reject') return forbid(auth.rule, auth.because);
  const head = edit.adoptRoom({ ...edit.beginRoom(rules), erasedSenders: NOBODY_ERASED });
  edit.appendEvent(head, { ...create, status: 'accepted', stateBefore: 0, prevEvents: [], authEvents: [] });
  return appendFurther(edit, command, context);
}

function appendFurther(edit: RoomEdit, command: CreateRoom, context: CommandContext): Execution {
  for (const proto of command.events) {
    const { head } = edit;
    if (head === undefined) return INCOMPLETE;
    const sent = sendEvent(edit, head, proto, context);
    if (sent.outcome === 'refused' || sent.outcome === 'incomplete') return sent;
  }
  if (edit.isIncomplete) return INCOMPLETE;
  return {
    outcome: 'stored',
    eventNids: edit.changes.events.map(({ eventNid }) => eventNid),
    eventIds: edit.changes.events.map(({ eventId }) => eventId),
  };
}

function readCreateEvent(
  bytes: Buffer,
  rules: RoomVersionRules,
): { readonly event: RoomEvent; readonly bytes: Buffer } | undefined {
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'reject') return undefined;
  const read = readReceivedPdu(parsed.value, rules);
  if (read.outcome !== 'ok' || read.isRedactedCopy || !isCreateEvent(read.event.pdu)) return undefined;
  return { event: read.event, bytes: read.bytes };
}
