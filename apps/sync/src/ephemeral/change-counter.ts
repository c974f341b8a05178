/**
 * Numbers the changes of what is not stored, in this process: tokens carry the number beside the process's boot id, so that a client is
 * told what changed after it. A token of another boot says nothing here: its client is told all there is.
 */
export class ChangeCounter {
  #last = 1;

  /** The number of the last change; never 0, which stands for knowing nothing. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
