import type { RequestEnd } from '../sessions/request-end.ts';
import { GoneError } from './gone-error.ts';

/**
 * Admits so many at once; the others wait. The next is always one of those users of whom the fewest are inside, the longest waiting
 * first: a user with twenty devices does not hold the others up.
 */
export class FairQueue {
  readonly #limit: number;
  readonly #inside = new Map<string, number>();
  readonly #waiting: { readonly userId: string; readonly since: number; readonly admit: () => void }[] = [];
  #admitted = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): { readonly admitted: number; readonly waiting: number } {
    return { admitted: this.#admitted, waiting: this.#waiting.length };
  }

  /** How long the first of those that wait has waited. */
  get oldestWaitMs(): number {
    const [first] = this.#waiting;
    return first === undefined ? 0 : performance.now() - first.since;
  }

  /** Runs the work when it is its turn. Throws where the client has gone before. */
  async run<T>(userId: string, end: RequestEnd, work: () => Promise<T>): Promise<T> {
    await this.#enter(userId, end);
    try {
      return await work();
    } finally {
      this.#leave(userId);
    }
  }

  async #enter(userId: string, end: RequestEnd): Promise<void> {
    if (end.isGone) throw new GoneError();
    if (this.#admitted < this.#limit) return this.#admit(userId);
    await new Promise<void>((resolve, reject) => {
      const waiting = { userId, since: performance.now(), admit: resolve };
      this.#waiting.push(waiting);
      end.listen(() => {
        const index = end.isGone ? this.#waiting.indexOf(waiting) : -1;
        if (index === -1) return;
        this.#waiting.splice(index, 1);
        reject(new GoneError());
      });
    });
    end.listen(undefined);
  }

  #leave(userId: string): void {
    this.#admitted -= 1;
    const inside = (this.#inside.get(userId) ?? 1) - 1;
    if (inside === 0) this.#inside.delete(userId);
    else this.#inside.set(userId, inside);
    const next = this.#takeNext();
    if (next === undefined) return;
    this.#admit(next.userId);
    next.admit();
  }

  #takeNext(): { readonly userId: string; readonly admit: () => void } | undefined {
    const insideOf = (userId: string): number => this.#inside.get(userId) ?? 0;
    let best = 0;
    for (const [index, { userId }] of this.#waiting.entries()) {
      if (insideOf(userId) < insideOf(this.#waiting[best]?.userId ?? '')) best = index;
    }
    return this.#waiting.splice(best, 1)[0];
  }

  #admit(userId: string): void {
    this.#admitted += 1;
    this.#inside.set(userId, (this.#inside.get(userId) ?? 0) + 1);
  }
}
