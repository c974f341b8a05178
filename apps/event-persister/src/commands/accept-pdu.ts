import type { AcceptPdu } from '@plexus/rpc';
import { receivePdu } from '../pdus/receive-pdu.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

/**
 * Another server's event whose sender waits for what it comes to: it is never parked. The server that it was sent to tells the others
 * (https://spec.matrix.org/v1.19/server-server-api/#joining-rooms).
 */
export function acceptPdu(edit: RoomEdit, command: AcceptPdu, resolver: StateResolver): Execution {
  const { roomId } = edit.sources;
  const pdu = { ...command, roomId, receivedAt: 0, distributedBy: command.destination };
  const received = receivePdu(edit, pdu, resolver);
  return received.outcome === 'incomplete' ? INCOMPLETE : { outcome: 'received', received };
}
