import { EMPTY_ROOT } from '@plexus/room-dag';
import type { RoomImport } from '@plexus/storage';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { PieceAttempt } from './import-item.ts';

/**
 * The number under which a room comes here: the room's own where it is stored, that of an import that was given up half-way, else a new one.
 * A row keeps it until the room has arrived.
 */
export function beginImport(edit: RoomEdit, begun: RoomImport | undefined): PieceAttempt<number> {
  const roomNid = edit.head?.roomNid ?? begun?.roomNid ?? edit.allot('lastRoomNid');
  const { roomId } = edit.sources;
  edit.changes.imports.push({ shard: edit.shard, roomId, roomNid, stateRoot: EMPTY_ROOT });
  return { execution: { outcome: 'settled' }, value: roomNid };
}
