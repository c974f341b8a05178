import type { NewReceipt } from '@plexus/storage';
import { receiptKeyOf } from '../rooms/loaded.ts';

/** So many rows of the log a reader may have to look through. */
const MAX_LAG = 500;

/**
 * What users' own events imply of how far they have read, of one shard, as long as it is not stored: who says ten things in a second leaves one row.
 * It goes with a unit of work of its own now and then. What a crash takes away is found again in the log, from `read_progress` on.
 *
 *     behind --log read up to the last commit--> caught up --stored now and then--> caught up
 */
export class ImpliedReceipts {
  readonly #waiting = new Map<string, NewReceipt>();
  #isCaughtUp = false;
  #storedUpTo = 0;

  /** The log is read up to here, from what was stored on. */
  caughtUp(storedUpTo: number): void {
    this.#isCaughtUp = true;
    this.#storedUpTo = storedUpTo;
  }

  /** Whether there is something to store, or it is long ago that something was. */
  isDue(position: number): boolean {
    return this.#isCaughtUp && (this.#waiting.size > 0 || position - this.#storedUpTo >= MAX_LAG);
  }

  /** Takes what is committed. */
  add(receipts: readonly NewReceipt[]): void {
    for (const receipt of receipts) {
      const key = `${receipt.roomNid} ${receiptKeyOf(receipt)}`;
      const known = this.#waiting.get(key);
      if (known === undefined || known.eventPosition < receipt.eventPosition) this.#waiting.set(key, receipt);
    }
  }

  /** What waits, to be stored. */
  all(): NewReceipt[] {
    return [...this.#waiting.values()];
  }

  /** These are stored, all there was up to a position; what came meanwhile stays. */
  stored(receipts: readonly NewReceipt[], position: number): void {
    this.#storedUpTo = position;
    for (const receipt of receipts) {
      const key = `${receipt.roomNid} ${receiptKeyOf(receipt)}`;
      if (this.#waiting.get(key) === receipt) this.#waiting.delete(key);
    }
  }
}
