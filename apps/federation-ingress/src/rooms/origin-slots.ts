import { MatrixError } from '@plexus/matrix-base';

const RETRY_AFTER_MS = 1_000;

/** Bounds how much of one kind a single server has under way at once, so that it leaves room for the others. */
export class OriginSlots {
  readonly #most: number;
  readonly #taken = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Throws 429 `M_LIMIT_EXCEEDED` where the server has too much under way. */
  async run<T>(origin: string, work: () => Promise<T>): Promise<T> {
    this.#take(origin);
    try {
      return await work();
    } finally {
      this.#release(origin);
    }
  }

  /** As `run`, until the last piece is taken or nobody wants any more. */
  async stream(origin: string, begin: () => Promise<AsyncGenerator<string>>): Promise<AsyncGenerator<string>> {
    this.#take(origin);
    try {
      return this.#hold(origin, await begin());
    } catch (error) {
      this.#release(origin);
      throw error;
    }
  }

  async *#hold(origin: string, pieces: AsyncGenerator<string>): AsyncGenerator<string> {
    try {
      yield* pieces;
    } finally {
      this.#release(origin);
    }
  }

  #take(origin: string): void {
    const taken = this.#taken.get(origin) ?? 0;
    if (taken >= this.#most) {
      const extra = { retry_after_ms: RETRY_AFTER_MS };
      throw new MatrixError('M_LIMIT_EXCEEDED', 429, 'Too many requests of this kind at once', extra);
    }
    this.#taken.set(origin, taken + 1);
  }

  #release(origin: string): void {
    const taken = (this.#taken.get(origin) ?? 1) - 1;
    if (taken === 0) this.#taken.delete(origin);
    else this.#taken.set(origin, taken);
  }
}
