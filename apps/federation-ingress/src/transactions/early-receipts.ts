import type { Clock } from '@plexus/matrix-base';
import type { RemoteReceipts, RoomOwners } from '../membership/room-owners.ts';

export interface EarlyReceiptsPorts {
  readonly owners: Pick<RoomOwners, 'setReceipts'>;
  readonly clock: Pick<Clock, 'delay'>;
  /** Nothing waits any longer once it aborts. */
  readonly signal: AbortSignal;
  failed(error: unknown): void;
}

/** Before it is looked whether the event has come: most come within milliseconds, some after a gap before them was filled. */
const PAUSES_MS = [200, 2_000, 10_000, 60_000];
/** Of one server. Further ones are given up. */
const MOST_WAITING = 1_000;

/**
 * Receipts of events that are not in their rooms yet: PDUs wait for the rooms' owners in their topic, and what follows them does not. Of a user's
 * receipts in one thread the last that came waits. They are in memory alone: who reads on sends another.
 */
export class EarlyReceipts {
  readonly #ports: EarlyReceiptsPorts;
  readonly #latest = new Map<string, RemoteReceipts>();
  readonly #waiting = new Map<string, number>();

  constructor(ports: EarlyReceiptsPorts) {
    this.#ports = ports;
  }

  keep(receipts: RemoteReceipts): void {
    const { origin } = receipts;
    const waiting = this.#waiting.get(origin) ?? 0;
    if (waiting >= MOST_WAITING) return;
    this.#waiting.set(origin, waiting + 1);
    this.#latest.set(keyOf(receipts), receipts);
    void this.#setWhenKnown(receipts).finally(() => this.#forget(receipts));
  }

  async #setWhenKnown(receipts: RemoteReceipts): Promise<void> {
    const { clock, signal } = this.#ports;
    for (const pauseMs of PAUSES_MS) {
      await clock.delay(pauseMs, signal);
      if (signal.aborted || this.#latest.get(keyOf(receipts)) !== receipts) return;
      if (await this.#set(receipts)) return;
    }
  }

  async #set(receipts: RemoteReceipts): Promise<boolean> {
    try {
      return (await this.#ports.owners.setReceipts(receipts)) === 'settled';
    } catch (error) {
      this.#ports.failed(error);
      return false;
    }
  }

  #forget(receipts: RemoteReceipts): void {
    const { origin } = receipts;
    if (this.#latest.get(keyOf(receipts)) === receipts) this.#latest.delete(keyOf(receipts));
    const waiting = (this.#waiting.get(origin) ?? 0) - 1;
    if (waiting > 0) this.#waiting.set(origin, waiting);
    else this.#waiting.delete(origin);
  }
}

function keyOf({ roomId, userId, receipts: [first] }: RemoteReceipts): string {
  return JSON.stringify([roomId, userId, first?.threadId]);
}
