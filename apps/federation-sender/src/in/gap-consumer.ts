import type { RecordBatch, RecordHandler, RoomGapRecord } from '@plexus/topics';
import { PAGE } from '../remote-rooms/fill-gap.ts';
import type { FillGap, GapOutcome } from '../remote-rooms/fill-gap.ts';

export interface GapConsumerOptions {
  /** How many gaps are filled at once. */
  readonly atOnce: number;
  /** Further ones are left for when they are told of again. */
  readonly mostWaiting: number;
  filled(gap: RoomGapRecord, outcome: GapOutcome): void;
  failed(error: unknown): void;
}

/**
 * Takes records of `room.gaps`. Nobody waits for the network: a record is put into a queue of this process and is done. One that is lost with the
 * process, or finds the queue full, comes again, as long as its PDU waits. Of one room those that came from one server are filled together.
 */
export class GapConsumer implements RecordHandler<RoomGapRecord> {
  readonly #fillGap: Pick<FillGap, 'execute'>;
  readonly #options: GapConsumerOptions;
  /** By the event that waits: each once. */
  readonly #waiting = new Map<string, RoomGapRecord>();
  /** Rooms in which a gap is being filled: one at a time. */
  readonly #busyRooms = new Map<string, Promise<void>>();
  #isStopping = false;

  constructor(fillGap: Pick<FillGap, 'execute'>, options: GapConsumerOptions) {
    this.#fillGap = fillGap;
    this.#options = options;
  }

  handle({ records }: RecordBatch<RoomGapRecord>): void {
    for (const { value } of records) {
      if (this.#waiting.size < this.#options.mostWaiting) this.#waiting.set(value.eventId, value);
    }
    this.#start();
  }

  setAside(): void {}

  reset(): void {}

  failed(error: unknown): void {
    this.#options.failed(error);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#waiting.clear();
    await Promise.all(this.#busyRooms.values());
  }

  #start(): void {
    if (this.#isStopping) return;
    for (const gap of this.#waiting.values()) {
      if (this.#busyRooms.size >= this.#options.atOnce) return;
      if (this.#busyRooms.has(gap.roomId)) continue;
      const beside = this.#findBeside(gap);
      for (const { eventId } of [gap, ...beside]) this.#waiting.delete(eventId);
      const filling = this.#fill(gap, beside).finally(() => {
        this.#busyRooms.delete(gap.roomId);
        this.#start();
      });
      this.#busyRooms.set(gap.roomId, filling);
    }
  }

  #findBeside({ roomId, eventId, origin, destination }: RoomGapRecord): RoomGapRecord[] {
    const ofRoom = [...this.#waiting.values()].filter((other) => other.roomId === roomId && other.eventId !== eventId);
    return ofRoom.filter((other) => other.origin === origin && other.destination === destination).slice(0, PAGE - 1);
  }

  async #fill(gap: RoomGapRecord, beside: readonly RoomGapRecord[]): Promise<void> {
    try {
      const outcome = await this.#fillGap.execute(gap, beside);
      this.#options.filled(gap, outcome);
      if (outcome === 'handed') for (const other of beside) this.#options.filled(other, outcome);
      else if (!this.#isStopping) for (const other of beside) this.#waiting.set(other.eventId, other);
    } catch (error) {
      this.#options.failed(error);
    }
  }
}
