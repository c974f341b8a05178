/** A row of the room log that came of something traced, and the `traceparent` of what follows from it. */
export interface TracedRow {
  readonly shard: number;
  readonly position: number;
  readonly eventId: string | undefined;
  readonly traceparent: string;
}

const MOST = 500;

/**
 * Which rows of the room log belong to a recorded trace, of late. Rows wait in queues and tails in which nothing else of a trace has a
 * place; who takes one out looks here. Empty while tracing is off.
 */
export class TracedRows {
  readonly #rows = new Map<string, TracedRow>();

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  remember(row: TracedRow): void {
    const key = keyOf(row.shard, row.position);
    this.#rows.delete(key);
    this.#rows.set(key, row);
    if (this.#rows.size <= MOST) return;
    for (const oldest of this.#rows.keys()) {
      this.#rows.delete(oldest);
      return;
    }
  }

  find(shard: number, position: number): TracedRow | undefined {
    return this.#rows.size === 0 ? undefined : this.#rows.get(keyOf(shard, position));
  }

  /** The newest first. */
  latest(most: number): TracedRow[] {
    return this.#rows.size === 0 ? [] : [...this.#rows.values()].slice(-most).reverse();
  }
}

function keyOf(shard: number, position: number): string {
  return `${shard} ${position}`;
}
