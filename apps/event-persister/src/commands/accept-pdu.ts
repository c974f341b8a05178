import { parseRoomEvent } from '@plexus/room-dag';
import { serverNameOf } from '@plexus/matrix-base';
import type { AcceptPdu } from '@plexus/rpc';
import { receivePdu } from '../pdus/receive-pdu.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { checkSender } from './check-sender.ts';
import type { CommandContext, Execution, Refusal } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

/**
 * An event whose sender waits for what it comes to: it is never parked. It is another server's, or a hosted user's that another server had to sign:
 * then its sender has to be allowed here, too. The server that it was sent to tells the others
 * (https://spec.matrix.org/v1.19/server-server-api/#joining-rooms).
 */
export function acceptPdu(edit: RoomEdit, command: AcceptPdu, context: CommandContext): Execution {
  const refusal = checkHostedSender(edit, command, context);
  if (edit.isIncomplete) return INCOMPLETE;
  if (refusal !== undefined) return refusal;
  const { roomId } = edit.sources;
  const pdu = { ...command, roomId, receivedAt: 0, distributedBy: command.destination };
  const received = receivePdu(edit, pdu, context);
  return received.outcome === 'incomplete' ? INCOMPLETE : { outcome: 'received', received };
}

function checkHostedSender(
  edit: RoomEdit,
  { json, eventId }: AcceptPdu,
  { servers }: CommandContext,
): Refusal | undefined {
  const { head } = edit;
  if (head === undefined) return undefined;
  const { sender, content } = parseRoomEvent(json, eventId, head.rules);
  if (!servers.isHosted(serverNameOf(sender))) return undefined;
  return checkSender(edit, head, { sender, isLeaving: content['membership'] === 'leave', servers });
}
