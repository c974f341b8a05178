import type { DropParked } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Execution } from './execution.ts';

/** Gives up PDUs that wait for what nobody has. They are not stored, so that a later copy is processed afresh. */
export function dropParked(edit: RoomEdit, { eventIds }: DropParked): Execution {
  for (const eventId of new Set(eventIds)) edit.changes.unparked.push({ shard: edit.shard, eventId });
  return { outcome: 'settled' };
}
