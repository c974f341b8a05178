import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Settled } from '../writing/room-item.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { PieceAttempt, RunPiece } from './import-item.ts';
import type { ImportedState } from './imported-state.ts';
import type { StagedPdu } from './staged-piece.ts';
import { storeCited } from './store-cited.ts';
import type { StoredPiece } from './store-cited.ts';

/** In one piece: some milliseconds of work. */
export const EVENTS_AT_ONCE = 200;
/** The caller orders events by depth, which a server may claim as it likes: so often those that came before what they cite are tried again. */
export const MAX_ROUNDS = 16;

/** An event that others cite, or that is in a state from elsewhere, at its place among all that came. */
export interface CitedPdu extends StagedPdu {
  readonly ordinal: number;
  /** Else others cite it. */
  readonly isInState: boolean;
}

export interface TakenPiece {
  readonly stored: number;
  /** What cites events that are not stored: its turn may come when they are. */
  readonly deferred: readonly CitedPdu[];
}

/** Stores events without a place, piece after piece, and gathers the state that those make which are in it. */
export class CitedEvents {
  readonly state: ImportedState;
  readonly #place: LoadedRoom;
  readonly #run: RunPiece;

  constructor(place: LoadedRoom, run: RunPiece, state: ImportedState) {
    this.#place = place;
    this.#run = run;
    this.state = state;
  }

  /** What ends it early is how the piece settles. */
  async take(piece: readonly CitedPdu[]): Promise<TakenPiece | Settled> {
    const eventIds = piece.map(({ event }) => event.eventId);
    const store = (edit: RoomEdit): PieceAttempt<StoredPiece> => storeCited(edit, this.#place, piece);
    const { settled, value } = await this.#run(bytesOf(piece), store, eventIds);
    if (value === undefined) return settled;
    return gatherState(this.state, this.#place, { piece, stored: value });
  }
}

/** Adds to a state what of a piece is stored and in it. */
export function gatherState(
  state: ImportedState,
  { roomId }: Pick<LoadedRoom, 'roomId'>,
  { piece, stored }: { readonly piece: readonly CitedPdu[]; readonly stored: StoredPiece },
): TakenPiece {
  const deferred: CitedPdu[] = [];
  for (const [index, pdu] of piece.entries()) {
    const place = stored.places[index];
    if (place === undefined && pdu.event.roomId === roomId) deferred.push(pdu);
    if (pdu.isInState) state.add({ ordinal: pdu.ordinal, event: pdu.event, stored: place });
  }
  return { stored: stored.stored, deferred };
}

export function bytesOf(pdus: readonly StagedPdu[]): number {
  return pdus.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
