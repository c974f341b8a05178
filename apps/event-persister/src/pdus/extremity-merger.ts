import { LRUCache } from 'lru-cache';
import type { CommandContext } from '../commands/execution.ts';
import type { RoomItem } from '../writing/room-item.ts';
import type { UnitOfWork } from '../writing/unit-of-work.ts';
import { MANY_EXTREMITIES, MergeExtremitiesItem } from './merge-extremities-item.ts';

export interface ExtremityMergerPorts {
  readonly context: CommandContext;
  enqueue(item: RoomItem): void;
}

const ROOMS = 10_000;
/** A room in which nobody here may send such an event is looked at again after this. */
const PAUSE_MS = 60_000;

/** Keeps the number of forward extremities small in rooms where other servers fork and nobody here speaks. */
export class ExtremityMerger {
  readonly #ports: ExtremityMergerPorts;
  /** When a room was last looked at, or is being. */
  readonly #tried = new LRUCache<string, number>({ max: ROOMS });

  constructor(ports: ExtremityMergerPorts) {
    this.#ports = ports;
  }

  /** A unit of work is committed. */
  committed(work: UnitOfWork): void {
    for (const [roomId, { head, shard }] of work.rooms) {
      if ((head?.extremities.length ?? 0) > MANY_EXTREMITIES) this.#merge({ roomId, shard });
    }
  }

  #merge(room: { readonly roomId: string; readonly shard: number }): void {
    const { context, enqueue } = this.#ports;
    const now = context.clock.now();
    if (now - (this.#tried.get(room.roomId) ?? -Infinity) < PAUSE_MS) return;
    this.#tried.set(room.roomId, now);
    enqueue(
      new MergeExtremitiesItem(room, context, (hasMerged) => {
        if (hasMerged) this.#tried.delete(room.roomId);
      }),
    );
  }
}
