import type { RoomItem } from './room-item.ts';

/**
 * The work of one room, first in, first out.
 *
 *     idle ──item──► ready ──attempt──► ready | idle
 *                      ▲       │ something is missing
 *                      └────loading
 */
export class RoomQueue {
  readonly roomId: string;
  readonly shard: number;
  readonly items: RoomItem[] = [];
  state: 'idle' | 'ready' | 'loading' = 'idle';
  /** The room is not stored, as of the last load. Counts for one attempt. */
  isAbsent = false;

  constructor(roomId: string, shard: number) {
    this.roomId = roomId;
    this.shard = shard;
  }

  get first(): RoomItem | undefined {
    return this.items[0];
  }

  /** For which hosted server the first item is; empty where it is for none. */
  get serverName(): string {
    return this.items[0]?.serverName ?? '';
  }
}
