import type { OutboundProgress, OutgoingEvent } from '@plexus/storage';

/** A record of `federation.outbound` with an event that waits in queues of this process. */
export interface OpenRecord extends OutgoingEvent {
  readonly offset: number;
  readonly acceptedAt: number;
  /** In how many queues it waits. */
  waiting: number;
}

interface Taken {
  readonly offset: number;
  readonly roomShard: number;
  readonly order: number;
  readonly generation: number;
  readonly record: OpenRecord | undefined;
  /** It is not in the topic any more. */
  isLost: boolean;
}

/**
 * Which records of a shard's partition are in queues of this process only. The stored offset is that of the first one: a successor reads
 * from there on again, and drops for each queue what was taken out of it.
 */
export class OpenRecords {
  #taken: Taken[] = [];
  #first = 0;
  #next: number;
  #incarnation: string;
  #generation: number;
  /** Where a successor would begin as long as what a topic has lost is not done: that it was lost must not be forgotten. */
  #before: Pick<OutboundProgress, 'nextOffset' | 'incarnation'> | undefined;
  #isRecovering = false;
  #storedOffset: number;
  readonly #storedSeen: Map<string, number>;
  readonly #seen: Map<string, number>;

  constructor({ nextOffset, incarnation, seen, generation }: OutboundProgress) {
    this.#next = nextOffset;
    this.#storedOffset = nextOffset;
    this.#incarnation = incarnation;
    this.#generation = generation;
    this.#storedSeen = new Map(Object.entries(seen));
    this.#seen = new Map(this.#storedSeen);
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  get generation(): number {
    return this.#generation;
  }

  /** By room shard: what was taken of its log, in the numbers that `take` is given. */
  get seen(): ReadonlyMap<string, number> {
    return this.#seen;
  }

  /** Of the next record that was not taken. */
  get nextOffset(): number {
    return this.#next;
  }

  /** How many records wait, those that are done behind them included. */
  get size(): number {
    return this.#taken.length - this.#first;
  }

  /** The oldest that waits. */
  get oldest(): OpenRecord | undefined {
    this.#advance();
    return this.#taken[this.#first]?.record;
  }

  /**
   * The topic was made anew: offsets begin elsewhere. What waits stays in its queues. Where something was read of the former topic, more of it may
   * be lost: until `recovered`, a successor would begin as if it had not begun.
   */
  reset(offset: number, incarnation: string): void {
    const hasRead = this.#incarnation !== '';
    if (hasRead) this.#before ??= { nextOffset: this.#firstOffset, incarnation: this.#incarnation };
    this.#isRecovering = hasRead;
    for (const taken of this.#taken) taken.isLost = true;
    this.#next = offset;
    this.#storedOffset = -1;
    this.#incarnation = incarnation;
  }

  /** Whether something of the former topic may be missing. */
  get isRecovering(): boolean {
    return this.#isRecovering;
  }

  /** Everything that the former topic may have lost is taken. */
  recovered(): void {
    this.#isRecovering = false;
  }

  /** Takes a record that has nothing to wait for; false where it was taken before. */
  pass(offset: number): boolean {
    if (offset < this.#next) return false;
    this.#next = offset + 1;
    if (this.size > 0) this.#push({ offset, roomShard: 0, order: 0, record: undefined }, NO_EVENT);
    return true;
  }

  /** Whether an event of these was not seen before; positions of an earlier generation are of the past. */
  isNew(roomShard: number, order: number, generation: number): boolean {
    if (generation > this.#generation) {
      this.#generation = generation;
      this.#seen.clear();
      this.#storedSeen.clear();
    }
    return generation === this.#generation && order > (this.#seen.get(String(roomShard)) ?? 0);
  }

  /** Takes a record with an event. */
  take(record: OpenRecord, order: number): void {
    const { offset, roomShard } = record;
    this.#next = offset + 1;
    this.#seen.set(String(roomShard), order);
    this.#push({ offset, roomShard, order, record }, this.#generation);
  }

  /** As `take`, of a record that the former topic may have lost. */
  takeLost(record: OpenRecord, order: number): void {
    const { offset, roomShard } = record;
    this.#seen.set(String(roomShard), order);
    this.#push({ offset, roomShard, order, record }, this.#generation, true);
  }

  /** Whether what is to be stored is other than when it was last asked for. */
  get hasUnstoredProgress(): boolean {
    this.#advance();
    return this.#storedOffset !== this.#firstOffset;
  }

  /** What is to be stored. */
  progress(): OutboundProgress {
    this.#advance();
    this.#storedOffset = this.#firstOffset;
    const { nextOffset, incarnation } = this.#before ?? {
      nextOffset: this.#firstOffset,
      incarnation: this.#incarnation,
    };
    return { nextOffset, incarnation, seen: Object.fromEntries(this.#storedSeen), generation: this.#generation };
  }

  get #firstOffset(): number {
    return this.#taken[this.#first]?.offset ?? this.#next;
  }

  #push(taken: Pick<Taken, 'offset' | 'roomShard' | 'order' | 'record'>, generation: number, isLost = false): void {
    this.#taken.push({ ...taken, generation, isLost });
  }

  #advance(): void {
    for (let taken = this.#taken[this.#first]; taken !== undefined; taken = this.#taken[this.#first]) {
      if (taken.record !== undefined && taken.record.waiting > 0) break;
      if (taken.generation === this.#generation) this.#storedSeen.set(String(taken.roomShard), taken.order);
      this.#first += 1;
    }
    if (this.#before !== undefined && !this.#isRecovering && this.#taken[this.#first]?.isLost !== true) {
      this.#before = undefined;
      this.#storedOffset = -1;
    }
    if (this.#first < 1_000 && this.#first < this.#taken.length) return;
    this.#taken = this.#taken.slice(this.#first);
    this.#first = 0;
  }
}

const NO_EVENT = -1;
