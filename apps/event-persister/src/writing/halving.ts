/** While a rejected unit of work is being halved to find out which of its items it is. */
export class Halving {
  /** How many are taken at once, and how many are suspect. */
  #search: { readonly limit: number; readonly suspects: number } | undefined;

  /** How many items a unit of work may take. */
  get limit(): number {
    return this.#search?.limit ?? Infinity;
  }

  /** So many items were rejected together: half as many are tried next. */
  halve(items: number): void {
    const suspects = Math.max(this.#search?.suspects ?? 0, items);
    this.#search = { limit: Math.ceil(items / 2), suspects };
  }

  /** So many are suspect no longer; when none is left, nothing is halved any more. */
  settled(items: number): void {
    if (this.#search === undefined) return;
    const suspects = this.#search.suspects - items;
    this.#search = suspects > 0 ? { ...this.#search, suspects } : undefined;
  }
}
