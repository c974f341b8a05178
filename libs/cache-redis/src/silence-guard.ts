/** How long a Redis that gave no answer is left alone before a command tries again. */
const LEFT_ALONE_MS = 250;

/**
 * Spares callers the wait for a Redis that does not answer.
 *
 *     answering ──no answer in time──► silent ──(a while)──► one command tries ──an answer──► answering
 *                                        ▲                         │
 *                                        └──────no answer──────────┘
 *
 * While it is silent all other commands fail at once, so that a request that needs Redis several times waits once at most.
 */
export class SilenceGuard {
  readonly #isSilence: (error: unknown) => boolean;
  readonly #now: () => number;
  #silentSince: number | undefined;
  #isTrying = false;

  constructor(isSilence: (error: unknown) => boolean, now = () => performance.now()) {
    this.#isSilence = isSilence;
    this.#now = now;
  }

  /** Runs the command, or fails at once. */
  async ask<T>(command: () => Promise<T>): Promise<T> {
    if (this.#silentSince === undefined) return this.listen(command);
    if (this.#isTrying || this.#now() < this.#silentSince + LEFT_ALONE_MS) throw new SilentRedisError();
    this.#isTrying = true;
    return this.listen(command).finally(() => (this.#isTrying = false));
  }

  /** Runs the command whatever was before: its answer, or that there was none, counts for others. */
  async listen<T>(command: () => Promise<T>): Promise<T> {
    try {
      const answer = await command();
      this.#silentSince = undefined;
      return answer;
    } catch (error) {
      this.#silentSince = this.#isSilence(error) ? this.#now() : undefined;
      throw error;
    }
  }
}

class SilentRedisError extends Error {
  override readonly name = 'SilentRedisError';

  constructor() {
    super('Redis gave no answer a moment ago');
  }
}
