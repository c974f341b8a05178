import type { Clock } from '@plexus/matrix-base';

/** What gives up within the same span of so many milliseconds does so at its end. */
const SPAN_MS = 100;
/** A reason of its own, since the default one is an exception with a stack. */
const SETTLED = 'settled';

interface Span {
  readonly givingUp: Set<() => void>;
  readonly settled: AbortController;
}

/** Waits for answers, each for the same time or a little longer, with one timer for many of them. */
export class AttemptTimer {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #spans = new Map<number, Span>();

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** The answer, or `late` where it takes too long. */
  within<T, Late>(answer: Promise<T>, late: Late): Promise<T | Late> {
    return new Promise((resolve, reject) => {
      const at = Math.ceil((this.#clock.now() + this.#limitMs) / SPAN_MS) * SPAN_MS;
      const span = this.#spans.get(at) ?? this.#begin(at);
      const giveUp = (): void => resolve(late);
      span.givingUp.add(giveUp);
      answer.then(
        (value) => {
          this.#end(at, span, giveUp);
          resolve(value);
        },
        (error: unknown) => {
          this.#end(at, span, giveUp);
          reject(error);
        },
      );
    });
  }

  #begin(at: number): Span {
    const span = { givingUp: new Set<() => void>(), settled: new AbortController() };
    this.#spans.set(at, span);
    void this.#clock.delay(at - this.#clock.now(), span.settled.signal).then(() => this.#finish(at, span));
    return span;
  }

  #end(at: number, span: Span, giveUp: () => void): void {
    span.givingUp.delete(giveUp);
    if (span.givingUp.size > 0 || this.#spans.get(at) !== span) return;
    this.#spans.delete(at);
    span.settled.abort(SETTLED);
  }

  /** @NOTE Of a span in which all was settled nothing is left, and another one may stand in its place. */
  #finish(at: number, span: Span): void {
    if (this.#spans.get(at) === span) this.#spans.delete(at);
    for (const giveUp of span.givingUp) giveUp();
  }
}
