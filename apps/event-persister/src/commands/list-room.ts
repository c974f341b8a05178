import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

/** Has the room's summary projected for directories. Repeated, it is projected again: the first time may have come to nothing. */
export function listRoom(edit: RoomEdit, head: RoomHead): Execution {
  edit.listRoom(head);
  return edit.isIncomplete ? INCOMPLETE : { outcome: 'settled' };
}
