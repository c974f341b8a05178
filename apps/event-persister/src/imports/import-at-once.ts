import { EMPTY_ROOT } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import { INCOMPLETE } from '../commands/execution.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import { admitRoom } from './admit-room.ts';
import type { Admission } from './admit-room.ts';
import { gatherState, MAX_ROUNDS } from './cited-events.ts';
import type { CitedPdu } from './cited-events.ts';
import type { PieceAttempt } from './import-item.ts';
import { ImportedState } from './imported-state.ts';
import { storeCited } from './store-cited.ts';

/** A room that comes with the command: its join event, and its state with what that cites. */
export interface RoomAtOnce extends Pick<Admission, 'join' | 'serversInRoom' | 'resolver'> {
  readonly rules: RoomVersionRules;
  /** Cited ones before those that cite them, as far as depths say so. */
  readonly cited: readonly CitedPdu[];
}

/**
 * All pieces of a join over federation as one, for a room that was not here: what is cited, the state, and the join by which it is here. Does nothing, and has
 * no value, where that has changed or is not known any more.
 */
export function importAtOnce(edit: RoomEdit, room: RoomAtOnce): PieceAttempt<true> {
  if (edit.head !== undefined || !edit.sources.loaded.isRoomAbsent)
    return { execution: { outcome: 'unchanged', eventIds: [] } };
  const { shard } = edit;
  const { roomId } = edit.sources;
  const place = { shard, roomId, roomNid: edit.allot('lastRoomNid'), rules: room.rules };
  const state = storeState(edit, place, room.cited);
  if (state === undefined) return { execution: INCOMPLETE };
  const root = edit.changeState(place, EMPTY_ROOT, state.changes.take(state.size));
  const { counts, hostedMembers } = state;
  const { execution } = admitRoom(edit, { ...room, place, root, counts, hostedMembers });
  return { execution, value: true };
}

/** In rounds, as long as anything of it cites what came later. Nothing where something is missing. */
function storeState(edit: RoomEdit, place: LoadedRoom, cited: readonly CitedPdu[]): ImportedState | undefined {
  const state = new ImportedState((serverName) => edit.isHosted(serverName));
  let waiting = cited;
  for (let round = 0; round < MAX_ROUNDS && waiting.length > 0; round += 1) {
    const { value } = storeCited(edit, place, waiting);
    if (value === undefined) return undefined;
    const { stored, deferred } = gatherState(state, place, { piece: waiting, stored: value });
    if (stored === 0) break;
    waiting = deferred;
  }
  return state;
}
