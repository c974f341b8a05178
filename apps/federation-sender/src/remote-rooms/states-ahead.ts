import { heardLater } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';

/** What is fetched; the room is here from `hasArrived` on. */
type FetchAhead<T> = (hasArrived: Promise<void>) => Promise<T>;

interface Ahead<T> {
  readonly state: Promise<T>;
  readonly arrival: PromiseWithResolvers<void>;
  readonly taken: AbortController;
}

/** Each holds an answer in memory, and a thread. */
const AT_ONCE = 2;
/** So long a room may take until it is here. */
const LONGEST_MS = 10_000;

/**
 * States that joined rooms lack, by their join events: fetched and verified while the rooms themselves are on their way to their owners. Nothing depends on
 * them: who finds none fetches the state then.
 */
export class StatesAhead<T> {
  readonly #clock: Clock;
  readonly #ahead = new Map<string, Ahead<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(joinEventId: string, fetch: FetchAhead<T>): void {
    if (this.#ahead.size >= AT_ONCE || this.#ahead.has(joinEventId)) return;
    const arrival = Promise.withResolvers<void>();
    const state = heardLater(fetch(heardLater(arrival.promise)));
    const taken = new AbortController();
    this.#ahead.set(joinEventId, { state, arrival, taken });
    void this.#clock.delay(LONGEST_MS, taken.signal).then(() => this.forget(joinEventId));
  }

  /** The room is here. Nothing where its state was not begun. */
  take(joinEventId: string): Promise<T> | undefined {
    const ahead = this.#remove(joinEventId);
    ahead?.arrival.resolve();
    return ahead?.state;
  }

  /** The room does not come, or not soon. */
  forget(joinEventId: string): void {
    this.#remove(joinEventId)?.arrival.reject(new Error('The room whose state was fetched has not come'));
  }

  forgetAll(): void {
    for (const joinEventId of this.#ahead.keys()) this.forget(joinEventId);
  }

  #remove(joinEventId: string): Ahead<T> | undefined {
    const ahead = this.#ahead.get(joinEventId);
    this.#ahead.delete(joinEventId);
    ahead?.taken.abort();
    return ahead;
  }
}
