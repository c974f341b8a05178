import type { RemoveRoom } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { CommandContext, Execution } from './execution.ts';
import { INCOMPLETE, refuse } from './execution.ts';

/** Of rooms that no hosted server's removal took along. */
const ON_DEMAND = '';

/** Ends a room on an administrator's word. Repeated, it finds nothing left to do. */
export function removeRoom(edit: RoomEdit, { force }: RemoveRoom, { servers }: CommandContext): Execution {
  const { head } = edit;
  if (head === undefined) return { outcome: 'unchanged', eventIds: [] };
  const isNeeded = !force && edit.hasHostedResident((name) => servers.isHosted(name));
  if (edit.isIncomplete) return INCOMPLETE;
  if (isNeeded) return refuse('M_UNKNOWN', 400, 'room.resident', 'Users are still joined to this room');
  edit.removeRoom(head, ON_DEMAND);
  return { outcome: 'settled' };
}
