import type { Clock } from '@plexus/matrix-base';
import type { UserStreamReader } from '@plexus/storage';
import type { UserStreamRecord } from '@plexus/topics';

/** Who wants to know how far a user's stream is. */
export interface StreamListener {
  /** Whether somebody waits for news now: then the stream is swept. */
  isWaiting(): boolean;
  /** The stream has gone on. Must return at once. */
  advanced(position: number): void;
}

/** A stream that is followed. */
export interface FollowedStream {
  /** Up to where it is known to be. Never goes back. */
  readonly position: number;
  /** Where it is: no item that was stored before the call lies beyond. Streams that are asked for at once are read together. */
  read(): Promise<number>;
  /** Where it was within the last second, with what hints have told since: enough for who then waits for what is missing. */
  readRecent(): Promise<number>;
  stop(): void;
}

export interface UserStreamFollowerOptions {
  readonly reader: Pick<UserStreamReader, 'findAdvanced'>;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

/** Hints may be lost: so often the streams of those who wait are looked at. */
const SWEEP_MS = 1000;
/** So many streams are looked at by one question. */
const SWEPT_AT_ONCE = 1000;

interface Reading {
  readonly followed: Followed;
  readonly done: (position: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Knows how far the streams of some users are: from the hints of `user.events`, which may be lost, late or repeated, by sweeping those for
 * whose progress somebody waits, and by asking Postgres, which alone counts.
 */
export class UserStreamFollower {
  readonly #options: UserStreamFollowerOptions;
  readonly #followed = new Map<string, Set<Followed>>();
  #reading: Reading[] = [];

  constructor(options: UserStreamFollowerOptions) {
    this.#options = options;
  }

  follow(userId: string, listener: StreamListener): FollowedStream {
    const followed = new Followed(userId, listener, {
      read: () => this.#read(followed),
      readRecent: () => (this.#isRecent(followed) ? Promise.resolve(followed.position) : this.#read(followed)),
      stop: () => this.#unfollow(followed),
    });
    const all = this.#followed.get(userId) ?? new Set();
    this.#followed.set(userId, all.add(followed));
    return followed;
  }

  /** A record of `user.events`. */
  receive({ userId, position }: Pick<UserStreamRecord, 'userId' | 'position'>): void {
    for (const followed of this.#followed.get(userId) ?? []) followed.reach(position);
  }

  /** Sweeps until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, failed } = this.#options;
    while (!signal.aborted) {
      await clock.delay(SWEEP_MS, signal);
      if (signal.aborted) return;
      try {
        await this.sweep();
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Looks at the streams of all who wait. */
  async sweep(): Promise<void> {
    const waiting = [...this.#followed.values()].flatMap((all) => [...all].filter((each) => each.listener.isWaiting()));
    for (let first = 0; first < waiting.length; first += SWEPT_AT_ONCE) {
      await this.#look(waiting.slice(first, first + SWEPT_AT_ONCE));
    }
  }

  #isRecent({ lookedAt }: Followed): boolean {
    return lookedAt !== undefined && this.#options.clock.now() - lookedAt <= SWEEP_MS;
  }

  #read(followed: Followed): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    if (this.#reading.length === 0) setImmediate(() => void this.#readTogether());
    this.#reading.push({ followed, done: resolve, failed: reject });
    return promise;
  }

  async #readTogether(): Promise<void> {
    const readings = this.#reading;
    this.#reading = [];
    try {
      await this.#look(readings.map(({ followed }) => followed));
      for (const { followed, done } of readings) done(followed.position);
    } catch (error) {
      for (const { failed } of readings) failed(error);
    }
  }

  async #look(some: readonly Followed[]): Promise<void> {
    const now = this.#options.clock.now();
    const advanced = await this.#options.reader.findAdvanced(
      new Map(some.map(({ userId, position }) => [userId, position])),
    );
    for (const [userId, position] of advanced) this.receive({ userId, position });
    for (const followed of some) {
      followed.reach(advanced.get(followed.userId) ?? 0);
      followed.lookedAt = now;
    }
  }

  #unfollow(followed: Followed): void {
    const all = this.#followed.get(followed.userId);
    all?.delete(followed);
    if (all?.size === 0) this.#followed.delete(followed.userId);
  }
}

class Followed implements FollowedStream {
  readonly userId: string;
  readonly listener: StreamListener;
  readonly read: () => Promise<number>;
  readonly readRecent: () => Promise<number>;
  readonly stop: () => void;
  position = 0;
  /** When Postgres was last asked; milliseconds of the clock. */
  lookedAt: number | undefined;

  constructor(userId: string, listener: StreamListener, ways: Omit<FollowedStream, 'position'>) {
    this.userId = userId;
    this.listener = listener;
    this.read = ways.read;
    this.readRecent = ways.readRecent;
    this.stop = ways.stop;
  }

  reach(position: number): void {
    if (position <= this.position) return;
    this.position = position;
    this.listener.advanced(position);
  }
}
