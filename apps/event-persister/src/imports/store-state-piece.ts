import type { StateChange } from '@plexus/room-dag';
import { INCOMPLETE } from '../commands/execution.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { PieceAttempt } from './import-item.ts';

/** Stores a piece of a state from elsewhere; the new root is kept in a row, so that its nodes are not collected before the last piece. */
export function storeStatePiece(
  edit: RoomEdit,
  place: LoadedRoom,
  { root, changes }: { readonly root: number; readonly changes: readonly StateChange[] },
): PieceAttempt<number> {
  const next = edit.changeState(place, root, changes);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const { shard, roomId, roomNid } = place;
  edit.changes.imports.push({ shard, roomId, roomNid, stateRoot: next });
  return { execution: { outcome: 'settled' }, value: next };
}
