import { StorageError } from '@plexus/storage';

/** Numbers of a shard of the backup, and those that stand for them here, in the same order. */
export class Renumbering {
  readonly #numbers = new Set<number>();
  #given: Map<number, number> | undefined;

  add(number: number): void {
    this.#numbers.add(number);
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** From here on each number has another one; the first of them follows `last`. */
  settle(last: number): void {
    const inOrder = [...this.#numbers].toSorted((one, other) => one - other);
    this.#given = new Map(inOrder.map((number, index) => [number, last + 1 + index]));
  }

  /** Nothing where the backup does not have it. */
  find(number: number): number | undefined {
    return this.#given?.get(number);
  }

  /** Throws where the backup does not have it. */
  of(number: number): number {
    const given = this.find(number);
    if (given === undefined) throw new StorageError(`the backup is not whole: it lacks number ${number}`);
    return given;
  }
}

/** What is renumbered of a shard. */
export interface ShardNumbers {
  readonly rooms: Renumbering;
  readonly events: Renumbering;
  readonly nodes: Renumbering;
}
