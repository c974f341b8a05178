import type { DropParked } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Execution } from './execution.ts';

const MAX_LENGTH = 1_000;

/** Gives up PDUs that wait for what nobody has. They are not stored, so that a later copy is processed afresh. */
export function dropParked(edit: RoomEdit, { eventIds, because }: DropParked): Execution {
  const givenUpBecause = because.slice(0, MAX_LENGTH).replaceAll('\0', '');
  for (const eventId of new Set(eventIds)) edit.changes.unparked.push({ shard: edit.shard, eventId, givenUpBecause });
  return { outcome: 'settled' };
}
