import type { DeadLetterCommand } from '@plexus/rpc';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { FederationPduRecord } from '@plexus/topics';
import { receivePdu } from '../pdus/receive-pdu.ts';
import type { ReceivePduPorts } from '../pdus/receive-pdu.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE, refuse } from './execution.ts';

/** Tries once more what was set aside, or gives it up. A dead letter that fails again stays where it is. */
export function settleDeadLetter(edit: RoomEdit, command: DeadLetterCommand, ports: ReceivePduPorts): Execution {
  const { shard, loaded, roomId } = edit.sources;
  const { deadLetterNid } = command;
  if (!loaded.deadLetters.has(deadLetterNid)) {
    edit.missing.deadLetters.add({ shard, deadLetterNid });
    return INCOMPLETE;
  }
  const letter = loaded.deadLetters.get(deadLetterNid);
  if (letter === undefined || letter.roomId !== roomId) {
    return refuse('M_NOT_FOUND', 404, 'dead_letter.unknown', 'The room has no such dead letter');
  }
  const refusal = command.retry ? receiveAgain(edit, letter.record, ports) : undefined;
  if (refusal !== undefined) return refusal;
  edit.changes.settledDeadLetters.push({ shard, deadLetterNid });
  return { outcome: 'settled' };
}

function receiveAgain(edit: RoomEdit, bytes: Buffer, ports: ReceivePduPorts): Execution | undefined {
  const record = decode(bytes);
  if (record === undefined) return refuse('M_UNKNOWN', 409, 'dead_letter.unreadable', 'The record cannot be read');
  if (record.roomId !== edit.sources.roomId) {
    return refuse('M_UNKNOWN', 409, 'dead_letter.misplaced', 'The record is of no room of its shard');
  }
  const received = receivePdu(edit, record, ports);
  if (received.outcome === 'incomplete') return INCOMPLETE;
  if (received.outcome === 'stored' || received.outcome === 'duplicate') return undefined;
  const because = received.outcome === 'parked' ? 'its predecessors are missing' : received.because;
  return refuse('M_UNKNOWN', 409, `dead_letter.${received.outcome}`, `The event cannot be placed: ${because}`);
}

function decode(bytes: Buffer): FederationPduRecord | undefined {
  try {
    return FEDERATION_PDUS.codec.decode(bytes);
  } catch {
    return undefined;
  }
}
