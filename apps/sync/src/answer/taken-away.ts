import { roomShardOf } from '@plexus/storage';
import type { RoomLog } from '../log/room-log.ts';

/** So many rooms are remembered apart; of earlier ones it is known how far their shard's log was. */
const MOST_ROOMS = 10_000;

type RoomOfShard = Pick<RoomLog, 'roomId' | 'shard'>;

/**
 * Where the log last took something of a room away: a purge, the room's removal, a redaction. What was told before that is not told again. It costs a
 * row that takes something away an entry, and nothing else anything.
 *
 *     position of the shard's log:  ...─── begins ───────── forgotten ───────── last of a room ───► now
 *                                   nothing is known       of some room         of this room
 */
export class TakenAway {
  readonly #mostRooms: number;
  /** Up to here something may have been taken of any room of the shard; index is the shard. */
  #floors: number[] = [];
  /** Whose last one is the oldest comes first. */
  readonly #rooms = new Map<string, { readonly shard: number; readonly position: number }>();

  constructor(mostRooms = MOST_ROOMS) {
    this.#mostRooms = mostRooms;
  }

  /** What happened up to these positions is not known. */
  begin(positions: readonly number[]): void {
    this.#floors = [...positions];
    this.#rooms.clear();
  }

  /** @NOTE A row that was read from Postgres does not say which room is gone: then it may be any of the shard. */
  note({ roomId, shard }: RoomOfShard, position: number): void {
    if (roomId === '') this.#raise(shard, position);
    else this.#remember(roomId, { shard, position });
  }

  /** Whether something was taken of the room since its log was at these positions. */
  isTakenOf(roomId: string, positions: readonly number[]): boolean {
    const shard = roomShardOf(roomId, this.#floors.length);
    const last = Math.max(this.#floors[shard] ?? 0, this.#rooms.get(roomId)?.position ?? 0);
    return (positions[shard] ?? 0) < last;
  }

  #remember(roomId: string, last: { readonly shard: number; readonly position: number }): void {
    this.#rooms.delete(roomId);
    this.#rooms.set(roomId, last);
    for (const [oldest, forgotten] of this.#rooms) {
      if (this.#rooms.size <= this.#mostRooms) break;
      this.#rooms.delete(oldest);
      this.#raise(forgotten.shard, forgotten.position);
    }
  }

  #raise(shard: number, position: number): void {
    this.#floors[shard] = Math.max(this.#floors[shard] ?? 0, position);
  }
}
