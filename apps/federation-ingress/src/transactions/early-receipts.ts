import type { Clock } from '@plexus/matrix-base';
import type { EarlyReceipt, EarlyReceiptRepository } from '@plexus/storage';
import type { RemoteReceipts, RoomOwners } from '../membership/room-owners.ts';

export interface EarlyReceiptsPorts {
  readonly owners: Pick<RoomOwners, 'setReceipts'>;
  readonly stored: EarlyReceiptRepository;
  readonly clock: Pick<Clock, 'delay'>;
  /** Nothing waits any longer once it aborts. */
  readonly signal: AbortSignal;
  failed(error: unknown): void;
}

/** Before it is looked whether the event has come: most come within milliseconds, some after a gap before them was filled. */
const PAUSES_MS = [200, 2_000, 10_000, 60_000];
/** Longer than all pauses: whoever has not set or given up a receipt by then is dead. */
const KEPT_MS = 120_000;
/** Of one server. Further ones are given up. */
const MOST_WAITING = 1_000;
const LOOK_EVERY_MS = 60_000;
const AT_ONCE = 100;

/**
 * Receipts of events that are not in their rooms yet: PDUs wait for the rooms' owners in their topic, and what follows them does not. Of a user's
 * receipts in one thread the last that came waits. Its server does not repeat it, so it is stored before the transaction is answered:
 *
 *     stored ──its event is there, or does not come──► removed
 *       │ ▲
 *       └─┘ whoever waited with it has died: another process waits
 */
export class EarlyReceipts {
  readonly #ports: EarlyReceiptsPorts;
  readonly #latest = new Map<string, EarlyReceipt>();
  readonly #waiting = new Map<string, number>();

  constructor(ports: EarlyReceiptsPorts) {
    this.#ports = ports;
  }

  /** Durable when it resolves, but for those of a server that has too many waiting. */
  async keep(receipts: readonly RemoteReceipts[]): Promise<void> {
    const taken = receipts.flatMap(earlyOf).filter((receipt) => this.#admit(receipt));
    if (taken.length === 0) return;
    try {
      await this.#ports.stored.storeEarly(taken, KEPT_MS);
    } catch (error) {
      // Its server sends all of it again.
      for (const receipt of taken) this.#forget(receipt);
      throw error;
    }
    this.#wait(taken);
  }

  /** Waits with what others have left behind that died, until the signal aborts. */
  async takeOverUntil(signal: AbortSignal): Promise<void> {
    const { stored, clock, failed } = this.#ports;
    while (!signal.aborted) {
      try {
        const abandoned = await stored.takeAbandoned(AT_ONCE, KEPT_MS);
        this.#wait(abandoned.filter((receipt) => this.#admit(receipt)));
        if (abandoned.length === AT_ONCE) continue;
      } catch (error) {
        failed(error);
      }
      await clock.delay(LOOK_EVERY_MS, signal);
    }
  }

  #admit({ origin }: EarlyReceipt): boolean {
    const waiting = this.#waiting.get(origin) ?? 0;
    if (waiting >= MOST_WAITING) return false;
    this.#waiting.set(origin, waiting + 1);
    return true;
  }

  #wait(receipts: readonly EarlyReceipt[]): void {
    for (const receipt of receipts) {
      this.#latest.set(keyOf(receipt), receipt);
      void this.#setWhenKnown(receipt).finally(() => this.#forget(receipt));
    }
  }

  async #setWhenKnown(receipt: EarlyReceipt): Promise<void> {
    const { clock, signal, stored } = this.#ports;
    let isSet = false;
    for (const pauseMs of PAUSES_MS) {
      await clock.delay(pauseMs, signal);
      // One that came later stands in its row.
      if (signal.aborted || this.#latest.get(keyOf(receipt)) !== receipt) return;
      isSet = await this.#set(receipt);
      if (isSet) break;
    }
    try {
      await stored.removeEarly([receipt]);
    } catch (error) {
      // Somebody sets it again, which changes nothing, or gives it up.
      this.#ports.failed(error);
    }
  }

  async #set({ roomId, userId, origin, eventId, threadId, setAt }: EarlyReceipt): Promise<boolean> {
    const receipts = [{ receiptType: 'm.read', eventId, threadId, setAt }];
    try {
      return (await this.#ports.owners.setReceipts({ roomId, userId, origin, receipts })) === 'settled';
    } catch (error) {
      this.#ports.failed(error);
      return false;
    }
  }

  #forget(receipt: EarlyReceipt): void {
    const { origin } = receipt;
    if (this.#latest.get(keyOf(receipt)) === receipt) this.#latest.delete(keyOf(receipt));
    const waiting = (this.#waiting.get(origin) ?? 0) - 1;
    if (waiting > 0) this.#waiting.set(origin, waiting);
    else this.#waiting.delete(origin);
  }
}

function earlyOf({ roomId, userId, origin, receipts }: RemoteReceipts): EarlyReceipt[] {
  return receipts.map(({ eventId, threadId, setAt }) => ({ roomId, userId, origin, eventId, threadId, setAt }));
}

function keyOf({ roomId, userId, threadId }: EarlyReceipt): string {
  return JSON.stringify([roomId, userId, threadId]);
}
