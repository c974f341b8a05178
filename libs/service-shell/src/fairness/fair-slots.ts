import type { Clock } from '@plexus/matrix-base';

/** The right to go on, until it is left. */
export interface Slot {
  /** Leaving twice does no harm. */
  leave(): void;
}

export interface FairSlotsLimits {
  /** So many go on at once. */
  readonly slots: number;
  /** So many of one key wait; more are refused. Nothing: any number. */
  readonly waiting?: number;
  /** Who goes on for longer counts no more: then it waits for somebody else, and takes nothing away from others. */
  readonly countedMs: number;
}

/** Of the slots one key has at most this share, so that there is always one soon for another key. */
const SHARE = 0.75;

/**
 * Lets so many go on at once; the others wait, and the keys take turns: however many of one key wait, who comes with another key waits for one of
 * each, not for all of them. A key is a hosted server.
 *
 *     enter ──slot is free──► inside ──leave, or counted long enough──► free ──► next key in turn
 *       └──none, or the key has its share──► waiting ──────────────────────────────▲
 */
export class FairSlots {
  readonly #limits: FairSlotsLimits;
  readonly #share: number;
  readonly #clock: Pick<Clock, 'now' | 'delay'>;
  /** In the order in which they entered. */
  readonly #held = new Set<HeldSlot>();
  readonly #inside = new Map<string, number>();
  /** Whose turn is next comes first; none without anybody. */
  readonly #waiting = new Map<string, ((slot: Slot) => void)[]>();
  #waitingCount = 0;
  #isWatching = false;

  constructor(limits: FairSlotsLimits, clock: Pick<Clock, 'now' | 'delay'>) {
    this.#limits = limits;
    this.#share = Math.max(1, Math.floor(limits.slots * SHARE));
    this.#clock = clock;
  }

  get size(): { readonly inside: number; readonly waiting: number } {
    return { inside: this.#held.size, waiting: this.#waitingCount };
  }

  /** A slot, at once where one is free; nothing where too many of this key wait already. */
  enter(key: string): Slot | Promise<Slot> | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined && this.#isFree(key)) return this.#hold(key);
    if (waiting !== undefined && waiting.length >= (this.#limits.waiting ?? Infinity)) return undefined;
    const { promise, resolve } = Promise.withResolvers<Slot>();
    if (waiting === undefined) this.#waiting.set(key, [resolve]);
    else waiting.push(resolve);
    this.#waitingCount += 1;
    this.#watch();
    return promise;
  }

  #isFree(key: string): boolean {
    return this.#held.size < this.#limits.slots && (this.#inside.get(key) ?? 0) < this.#share;
  }

  #hold(key: string): Slot {
    const slot = new HeldSlot(key, this.#clock.now(), (left) => this.#left(left));
    this.#held.add(slot);
    this.#inside.set(key, (this.#inside.get(key) ?? 0) + 1);
    return slot;
  }

  #left(slot: HeldSlot): void {
    if (!this.#held.delete(slot)) return;
    const inside = (this.#inside.get(slot.key) ?? 1) - 1;
    if (inside === 0) this.#inside.delete(slot.key);
    else this.#inside.set(slot.key, inside);
    this.#admit();
  }

  #admit(): void {
    while (this.#waitingCount > 0 && this.#held.size < this.#limits.slots) {
      const key = this.#nextKey();
      if (key === undefined) return;
      this.#takeWaiting(key)?.(this.#hold(key));
    }
  }

  /** @NOTE Only a key that has its share is passed over, and there is one of these at most. */
  #nextKey(): string | undefined {
    for (const key of this.#waiting.keys()) if ((this.#inside.get(key) ?? 0) < this.#share) return key;
    return undefined;
  }

  /** The longest waiting of a key, which goes behind the others. */
  #takeWaiting(key: string): ((slot: Slot) => void) | undefined {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    const first = waiting.shift();
    this.#waitingCount -= 1;
    if (waiting.length > 0) this.#waiting.set(key, waiting);
    return first;
  }

  /** While somebody waits, those who have been inside for long make room. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#watchUntilNobodyWaits();
  }

  async #watchUntilNobodyWaits(): Promise<void> {
    while (this.#waitingCount > 0) {
      const [oldest] = this.#held;
      if (oldest === undefined) break;
      const leftMs = oldest.enteredAt + this.#limits.countedMs - this.#clock.now();
      if (leftMs <= 0) oldest.leave();
      else await this.#clock.delay(leftMs);
    }
    this.#isWatching = false;
  }
}

class HeldSlot implements Slot {
  readonly key: string;
  readonly enteredAt: number;
  readonly #leave: (slot: HeldSlot) => void;

  constructor(key: string, enteredAt: number, leave: (slot: HeldSlot) => void) {
    this.key = key;
    this.enteredAt = enteredAt;
    this.#leave = leave;
  }

  leave(): void {
    this.#leave(this);
  }
}
