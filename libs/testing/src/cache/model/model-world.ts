/** Time, chance and order of a model: everything that happens is an event, and one seed makes the same things happen again. */
export class ModelWorld {
  readonly random: () => number;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];
  #now = 0;
  #order = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  get now(): number {
    return this.#now;
  }

  /** Greater with each call: tells what was before what at one time. */
  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  after(ms: number, run: () => void): void {
    const event = { at: this.#now + ms, run };
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.at ?? 0) > event.at) index -= 1;
    this.#events.splice(index, 0, event);
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new Error('there is nothing to choose from');
    return choice;
  }

  /** Runs one event after the other; what waits for promises goes on before the next. */
  async runUntil(end: number): Promise<void> {
    for (let event = this.#events[0]; event !== undefined && event.at <= end; event = this.#events[0]) {
      this.#events.shift();
      this.#now = event.at;
      event.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
  }
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
