/** Lets one piece of work at a time run for a key, in the order in which they were asked for; keys do not wait for each other. */
export class Turns<Key> {
  readonly #last = new Map<Key, Promise<unknown>>();

  /** Does the work when what was asked for before has ended. What fails holds up nothing. */
  take<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const end = (): void => {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    };
    // A failure is its caller's alone.
    const ended = result.then(end, end);
    this.#last.set(key, ended);
    return result;
  }

  /** Whether work of the key is under way, or waits for it. */
  has(key: Key): boolean {
    return this.#last.has(key);
  }
}
