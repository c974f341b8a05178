/** Up to which position of a shard's log memberships are projected: the position before the first that is under way. */
export class ProjectionProgress {
  readonly #underWay = new Set<number>();
  #position: number;
  #waiting: { readonly position: number; readonly resolve: () => void }[] = [];

  /** Rows after `projected` up to `position` are to be projected again: see `caughtUp`. */
  constructor(projected: number, position: number) {
    this.#position = position;
    if (projected < position) this.#underWay.add(projected + 1);
  }

  get projected(): number {
    for (const first of this.#underWay) return Math.max(first - 1, 0);
    return this.#position;
  }

  /** Rows up to `position` are committed; these of them bring memberships, in order. */
  commit(position: number, withMemberships: Iterable<number>): void {
    for (const row of withMemberships) this.#underWay.add(row);
    this.#position = Math.max(this.#position, position);
    this.#tell();
  }

  /** What had to be projected again is. */
  caughtUp(projected: number): void {
    this.#underWay.delete(projected + 1);
    this.#tell();
  }

  finish(positions: Iterable<number>): void {
    for (const position of positions) this.#underWay.delete(position);
    this.#tell();
  }

  /** Resolves when all up to a position is projected. */
  reached(position: number): Promise<void> {
    if (this.projected >= position) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ position, resolve }));
  }

  #tell(): void {
    if (this.#waiting.length === 0) return;
    const { projected } = this;
    const reached = this.#waiting.filter(({ position }) => position <= projected);
    this.#waiting = this.#waiting.filter(({ position }) => position > projected);
    for (const { resolve } of reached) resolve();
  }
}
