import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { Execution } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

/**
 * Lets a room go on from the newest of its forward extremities only. The state after it becomes the current one, which a row of the log
 * tells. The others stay in the timeline.
 */
export function dropExtremities(edit: RoomEdit, head: RoomHead): Execution {
  const [newest, ...others] = head.extremities.toSorted((a, b) => b.eventNid - a.eventNid);
  if (newest === undefined || others.length === 0) return { outcome: 'unchanged', eventIds: [] };
  edit.keepExtremity(head, newest);
  return edit.isIncomplete ? INCOMPLETE : { outcome: 'settled' };
}
