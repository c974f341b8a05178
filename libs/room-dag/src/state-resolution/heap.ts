/** A priority queue: `pop` gives the smallest item by the comparison. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    let index = this.#items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLess(index, parent)) return;
      index = parent;
    }
  }

  pop(): T | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (this.#items.length === 0 || last === undefined) return last;
    this.#items[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    let index = 0;
    while (2 * index + 1 < this.#items.length) {
      const left = 2 * index + 1;
      const child = this.#isLess(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfLess(child, index)) return;
      index = child;
    }
  }

  #swapIfLess(index: number, other: number): boolean {
    const item = this.#items[index];
    const instead = this.#items[other];
    if (item === undefined || instead === undefined || this.#compare(item, instead) >= 0) return false;
    this.#items[index] = instead;
    this.#items[other] = item;
    return true;
  }

  #isLess(index: number, other: number): boolean {
    const item = this.#items[index];
    const instead = this.#items[other];
    return item !== undefined && instead !== undefined && this.#compare(item, instead) < 0;
  }
}
