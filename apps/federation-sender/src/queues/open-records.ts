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

  /** The topic was made anew: offsets begin elsewhere. */
  reset(offset: number, incarnation: string): void {
    this.#taken = [];
    this.#first = 0;
    this.#next = offset;
    this.#storedOffset = -1;
    this.#incarnation = incarnation;
  }

  /** Takes a record that has nothing to wait for; false where it was taken before. */
  pass(offset: number): boolean {
    if (offset < this.#next) return false;
    this.#next = offset + 1;
    if (this.size > 0) this.#taken.push({ offset, roomShard: 0, order: 0, generation: NO_EVENT, record: undefined });
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
    this.#taken.push({ offset, roomShard, order, generation: this.#generation, record });
  }

  /** Whether what is to be stored is other than when it was last asked for. */
  get hasUnstoredProgress(): boolean {
    this.#advance();
    return this.#storedOffset !== (this.#taken[this.#first]?.offset ?? this.#next);
  }

  /** What is to be stored. */
  progress(): OutboundProgress {
    this.#advance();
    this.#storedOffset = this.#taken[this.#first]?.offset ?? this.#next;
    return {
      nextOffset: this.#taken[this.#first]?.offset ?? this.#next,
      incarnation: this.#incarnation,
      seen: Object.fromEntries(this.#storedSeen),
      generation: this.#generation,
    };
  }

  #advance(): void {
    for (let taken = this.#taken[this.#first]; taken !== undefined; taken = this.#taken[this.#first]) {
      if (taken.record !== undefined && taken.record.waiting > 0) break;
      if (taken.generation === this.#generation) this.#storedSeen.set(String(taken.roomShard), taken.order);
      this.#first += 1;
    }
    if (this.#first < 1_000 && this.#first < this.#taken.length) return;
    this.#taken = this.#taken.slice(this.#first);
    this.#first = 0;
  }
}

const NO_EVENT = -1;
