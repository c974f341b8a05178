import type { Clock } from '@plexus/matrix-base';
import type { RequestEnd } from './request-end.ts';

/** Requests whose time is over within the same span of so many milliseconds end together, at its end. */
const SPAN_MS = 100;

interface Span {
  readonly ends: Set<RequestEnd>;
  readonly cancelled: AbortController;
}

/** Ends requests when their time is over, with one timer for many of them. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #spans = new Map<number, Span>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the request after so many milliseconds, or a little later. What it gives is for `cancel`. */
  add(end: RequestEnd, ms: number): number {
    const at = Math.ceil((this.#clock.now() + ms) / SPAN_MS) * SPAN_MS;
    const span = this.#spans.get(at) ?? this.#begin(at);
    span.ends.add(end);
    return at;
  }

  cancel(end: RequestEnd, at: number): void {
    const span = this.#spans.get(at);
    if (span?.ends.delete(end) !== true || span.ends.size > 0) return;
    this.#spans.delete(at);
    span.cancelled.abort(CANCELLED);
  }

  #begin(at: number): Span {
    const span = { ends: new Set<RequestEnd>(), cancelled: new AbortController() };
    this.#spans.set(at, span);
    void this.#clock.delay(at - this.#clock.now(), span.cancelled.signal).then(() => this.#finish(at, span));
    return span;
  }

  /** @NOTE A span that was cancelled has nothing in it, and another one may stand in its place. */
  #finish(at: number, span: Span): void {
    if (this.#spans.get(at) === span) this.#spans.delete(at);
    for (const end of span.ends) end.reach('over');
  }
}

/** A reason of its own, since the default one is an exception with a stack. */
const CANCELLED = 'cancelled';
