import { serverNameOf } from '@plexus/matrix-base';
import type { RequestEnd } from '../sessions/request-end.ts';
import { GoneError } from './gone-error.ts';

/**
 * Admits so many at once; the others wait. The next is always of the hosted server of which the fewest are inside, and there one of those users of
 * whom the fewest are, the longest waiting first: neither a busy server nor a user with twenty devices holds the others up.
 */
export class FairQueue {
  readonly #limit: number;
  /** By user, and by server. */
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
    this.#count(userId, -1);
    this.#count(serverNameOf(userId), -1);
    const next = this.#takeNext();
    if (next === undefined) return;
    this.#admit(next.userId);
    next.admit();
  }

  #takeNext(): { readonly userId: string; readonly admit: () => void } | undefined {
    let best = 0;
    let fewest: readonly [number, number] = [Infinity, Infinity];
    for (const [index, { userId }] of this.#waiting.entries()) {
      const inside = [this.#insideOf(serverNameOf(userId)), this.#insideOf(userId)] as const;
      if (inside[0] > fewest[0] || (inside[0] === fewest[0] && inside[1] >= fewest[1])) continue;
      [best, fewest] = [index, inside];
    }
    return this.#waiting.splice(best, 1)[0];
  }

  #admit(userId: string): void {
    this.#admitted += 1;
    this.#count(userId, 1);
    this.#count(serverNameOf(userId), 1);
  }

  #insideOf(who: string): number {
    return this.#inside.get(who) ?? 0;
  }

  #count(who: string, change: 1 | -1): void {
    const inside = this.#insideOf(who) + change;
    if (inside === 0) this.#inside.delete(who);
    else this.#inside.set(who, inside);
  }
}
