/**
 * Which records of a shard's `federation.pdus` are done. Rooms finish in any order; the stored offset is the first that is not done,
 * and what lies behind it is recognized by its event ids if it comes again.
 */
export class InboundProgress {
  readonly #open = new Set<number>();
  #next: number;
  #incarnation: string;

  constructor(offset: number, incarnation: string) {
    this.#next = offset;
    this.#incarnation = incarnation;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  /** The offset after the last record that was taken. */
  get expectedOffset(): number {
    return this.#next;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** The topic was made anew, or lost records: offsets begin elsewhere. What is open belongs to the past. */
  reset(offset: number, incarnation: string): void {
    this.#open.clear();
    this.#next = offset;
    this.#incarnation = incarnation;
  }

  /** False for a record that was taken before. */
  take(offset: number): boolean {
    if (offset < this.#next) return false;
    this.#open.add(offset);
    this.#next = offset + 1;
    return true;
  }

  /** These records have had their effect, or are stored elsewhere. */
  finish(offsets: Iterable<number>): void {
    for (const offset of offsets) this.#open.delete(offset);
  }

  /** The offset to store, if these were done. Records are taken in order, so the first open one is the lowest. */
  offsetAfter(done: ReadonlySet<number>): number {
    for (const offset of this.#open) if (!done.has(offset)) return offset;
    return this.#next;
  }
}
