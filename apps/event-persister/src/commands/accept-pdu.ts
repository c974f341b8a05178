import type { AcceptPdu } from '@plexus/rpc';
import { receivePdu } from '../pdus/receive-pdu.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

/** Another server's event whose sender waits for what it comes to: it is never parked. */
export function acceptPdu(edit: RoomEdit, command: AcceptPdu, resolver: StateResolver): Execution {
  const received = receivePdu(edit, { ...command, roomId: edit.sources.roomId, receivedAt: 0 }, resolver);
  return received.outcome === 'incomplete' ? INCOMPLETE : { outcome: 'received', received };
}
