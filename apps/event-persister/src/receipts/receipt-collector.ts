import type { RoomCommand, SetReceipts } from '@plexus/rpc';
import { LRUCache } from 'lru-cache';
import type { CommandContext } from '../commands/execution.ts';
import type { RoomItem, Settled } from '../writing/room-item.ts';
import { ReceiptsItem } from './receipts-item.ts';

export interface ReceiptCollectorPorts {
  readonly context: CommandContext;
  enqueue(item: RoomItem): void;
  /** How many users are joined, where that is in memory. */
  findJoinedCount(roomId: string): number | undefined;
}

const ROOMS = 10_000;
const LONGEST_PAUSE_MS = 2_000;
const PAUSE_PER_MEMBER_MS = 1;

/**
 * Gathers receipts, so that the readers of a large room do not flood it: each row of the log goes out to all of them, so the pause between two rows grows
 * with their number. The first receipt after a pause goes at once; what comes then waits for the pause to end, and goes together.
 *
 *     quiet --receipt--> enqueued, pause begins --receipt--> gathering --pause over--> enqueued, pause begins
 */
export class ReceiptCollector {
  readonly #ports: ReceiptCollectorPorts;
  readonly #gathering = new Map<string, ReceiptsItem>();
  /** When the last receipts of a room were enqueued. */
  readonly #lastAt = new LRUCache<string, number>({ max: ROOMS });

  constructor(ports: ReceiptCollectorPorts) {
    this.#ports = ports;
  }

  execute(room: Pick<RoomCommand, 'shard' | 'roomId'>, command: SetReceipts): Promise<Settled> {
    const gathering = this.#gathering.get(room.roomId);
    if (gathering !== undefined && !gathering.isFull) return gathering.add(command);
    if (gathering !== undefined) this.#enqueue(gathering);
    const item = new ReceiptsItem(room, this.#ports.context);
    const settled = item.add(command);
    this.#gather(item);
    return settled;
  }

  #gather(item: ReceiptsItem): void {
    const { clock } = this.#ports.context;
    const { roomId } = item;
    const waitMs = (this.#lastAt.get(roomId) ?? -Infinity) + this.#pauseMs(roomId) - clock.now();
    if (waitMs <= 0) return this.#enqueue(item);
    this.#gathering.set(roomId, item);
    void clock.delay(waitMs).then(() => {
      if (this.#gathering.get(roomId) === item) this.#enqueue(item);
    });
  }

  #enqueue(item: ReceiptsItem): void {
    this.#gathering.delete(item.roomId);
    this.#lastAt.set(item.roomId, this.#ports.context.clock.now());
    this.#ports.enqueue(item);
  }

  #pauseMs(roomId: string): number {
    const joined = this.#ports.findJoinedCount(roomId) ?? 0;
    return Math.min(joined * PAUSE_PER_MEMBER_MS, LONGEST_PAUSE_MS);
  }
}
