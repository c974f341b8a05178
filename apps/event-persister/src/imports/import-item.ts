import type { Clock } from '@plexus/matrix-base';
import type { Execution } from '../commands/execution.ts';
import { Loaded } from '../rooms/loaded.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { RoomItem, Settled } from '../writing/room-item.ts';

/** What an attempt at a piece of an import came to. */
export interface PieceAttempt<T> {
  readonly execution: Execution;
  /** Of the attempt that is stored. */
  readonly value?: T;
}

export interface PieceDone<T> {
  readonly settled: Settled;
  readonly value: T | undefined;
}

/** Puts a piece into its room's queue; resolves when it is stored, or will not be. `eventIds` are those of the events that it brings, if it brings many. */
export type RunPiece = <T>(
  bytes: number,
  work: (edit: RoomEdit) => PieceAttempt<T>,
  eventIds?: readonly string[],
) => Promise<PieceDone<T>>;

export interface RunPiecesPorts {
  readonly clock: Clock;
  enqueue(item: RoomItem): void;
  /** Whether the shard is owned, and is to be owned on. */
  isOurs(shard: number): boolean;
}

/** Runs pieces of imports of one room. */
export function runPieces({ clock, isOurs, enqueue }: RunPiecesPorts, place: LoadedRoom): RunPiece {
  return (bytes, work, eventIds) => {
    if (!isOurs(place.shard)) return Promise.resolve({ settled: { outcome: 'notOwner' }, value: undefined });
    const item = new ImportItem({ ...place, place, bytes, now: clock.now(), eventIds }, work);
    enqueue(item);
    return item.done;
  };
}

/** So much of a piece is not counted by its events. */
const PIECE_BYTES = 1_000;

/** A piece of an import in its room's queue: small enough that no other room waits for it. */
export class ImportItem<T> implements RoomItem {
  readonly shard: number;
  readonly roomId: string;
  readonly byteLength: number;
  readonly enqueuedAt: number;
  /** What is stored already is found by its id; a piece that comes again changes nothing. */
  readonly commandId = undefined;
  readonly offset = undefined;
  readonly loaded = new Loaded();
  readonly place?: LoadedRoom;
  readonly eventIds?: readonly string[];
  readonly done: Promise<PieceDone<T>>;
  readonly #work: (edit: RoomEdit) => PieceAttempt<T>;
  readonly #resolve: (done: PieceDone<T>) => void;
  #value: T | undefined;

  constructor(
    room: {
      readonly shard: number;
      readonly roomId: string;
      readonly place: LoadedRoom | undefined;
      readonly bytes: number;
      readonly now: number;
      readonly eventIds?: readonly string[] | undefined;
    },
    work: (edit: RoomEdit) => PieceAttempt<T>,
  ) {
    this.shard = room.shard;
    this.roomId = room.roomId;
    this.byteLength = PIECE_BYTES + room.bytes;
    this.enqueuedAt = room.now;
    if (room.place !== undefined) this.place = room.place;
    if (room.eventIds !== undefined) this.eventIds = room.eventIds;
    this.#work = work;
    const { promise, resolve } = Promise.withResolvers<PieceDone<T>>();
    this.done = promise;
    this.#resolve = resolve;
  }

  attempt(edit: RoomEdit): Execution {
    const { execution, value } = this.#work(edit);
    this.#value = value;
    return execution;
  }

  poison(): boolean {
    return false;
  }

  settle(settled: Settled): void {
    this.#resolve({ settled, value: settled.outcome === 'stored' ? this.#value : undefined });
  }
}
