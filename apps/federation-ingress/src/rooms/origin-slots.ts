import { MatrixError } from '@plexus/matrix-base';

const RETRY_AFTER_MS = 1_000;

export interface SlotLimits {
  /** Under way at once. */
  readonly most: number;
  /** Further ones that wait for their turn. */
  readonly mostWaiting: number;
  /** So many bytes wait with them at most; any number where nothing is said. */
  readonly mostWaitingBytes?: number;
}

interface Place {
  taken: number;
  readonly waiting: Waiting[];
  waitingBytes: number;
}

interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/** Bounds how much of one kind a single server has under way at once, so that it leaves room for the others. */
export class OriginSlots {
  readonly #limits: SlotLimits;
  readonly #places = new Map<string, Place>();

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** With the bytes that are held while it waits. Throws 429 `M_LIMIT_EXCEEDED` where too much of the server's waits already. */
  async run<T>(origin: string, work: () => Promise<T>, bytes = 0): Promise<T> {
    await this.#take(origin, bytes);
    try {
      return await work();
    } finally {
      this.#release(origin);
    }
  }

  /** As `run`, until the last piece is taken or nobody wants any more, be it before the first one. */
  async stream(origin: string, begin: () => Promise<AsyncGenerator<string>>): Promise<AsyncIterableIterator<string>> {
    await this.#take(origin, 0);
    try {
      return new HeldPieces(await begin(), () => this.#release(origin));
    } catch (error) {
      this.#release(origin);
      throw error;
    }
  }

  async #take(origin: string, bytes: number): Promise<void> {
    const { most, mostWaiting, mostWaitingBytes = Infinity } = this.#limits;
    const place = this.#places.get(origin) ?? { taken: 0, waiting: [], waitingBytes: 0 };
    this.#places.set(origin, place);
    if (place.taken < most) {
      place.taken += 1;
      return;
    }
    if (place.waiting.length >= mostWaiting || place.waitingBytes + bytes > mostWaitingBytes) {
      const extra = { retry_after_ms: RETRY_AFTER_MS };
      throw new MatrixError('M_LIMIT_EXCEEDED', 429, 'Too many requests of this kind at once', extra);
    }
    place.waitingBytes += bytes;
    await new Promise<void>((begin) => place.waiting.push({ bytes, begin }));
  }

  /** The place goes on to who waits longest. */
  #release(origin: string): void {
    const place = this.#places.get(origin);
    if (place === undefined) return;
    const next = place.waiting.shift();
    if (next !== undefined) {
      place.waitingBytes -= next.bytes;
      return next.begin();
    }
    place.taken -= 1;
    if (place.taken === 0) this.#places.delete(origin);
  }
}

/**
 * Pieces that hold something until they end.
 *
 * @NOTE A generator with a `finally` would keep it for ever where nobody takes a first piece: what has not begun has no `finally`. So it is with an
 * answer whose asker has gone before it was there.
 */
class HeldPieces implements AsyncIterableIterator<string> {
  readonly #pieces: AsyncGenerator<string>;
  #release: (() => void) | undefined;

  constructor(pieces: AsyncGenerator<string>, release: () => void) {
    this.#pieces = pieces;
    this.#release = release;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<string>> {
    return this.#watch(this.#pieces.next());
  }

  return(): Promise<IteratorResult<string>> {
    this.#end();
    return this.#pieces.return(undefined);
  }

  throw(error: unknown): Promise<IteratorResult<string>> {
    this.#end();
    return this.#pieces.throw(error);
  }

  async #watch(result: Promise<IteratorResult<string>>): Promise<IteratorResult<string>> {
    try {
      const taken = await result;
      if (taken.done === true) this.#end();
      return taken;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #end(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
