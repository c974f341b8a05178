import type { Clock } from '@plexus/matrix-base';
import type { RateLimitOverride, RateLimitOverrideReader } from '@plexus/storage';

/** Whose limits are others than their server's. */
export interface LimitOverrides {
  find(userId: string): RateLimitOverride | undefined;
}

export const NO_OVERRIDES: LimitOverrides = { find: () => undefined };

const FRESH_MS = 1_000;

/**
 * A copy of all overrides, which are few: read again when somebody is limited and it is older than a second. While the database is away the
 * copy serves as it is.
 */
export class CopiedOverrides implements LimitOverrides {
  readonly #reader: Pick<RateLimitOverrideReader, 'listRateLimits'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #failed: (error: unknown) => void;
  #copy: ReadonlyMap<string, RateLimitOverride> = new Map();
  #readAt = -Infinity;

  constructor(
    reader: Pick<RateLimitOverrideReader, 'listRateLimits'>,
    clock: Pick<Clock, 'now'>,
    failed: (error: unknown) => void,
  ) {
    this.#reader = reader;
    this.#clock = clock;
    this.#failed = failed;
  }

  find(userId: string): RateLimitOverride | undefined {
    const now = this.#clock.now();
    if (now - this.#readAt >= FRESH_MS) {
      this.#readAt = now;
      void this.#read();
    }
    return this.#copy.get(userId);
  }

  async #read(): Promise<void> {
    try {
      this.#copy = await this.#reader.listRateLimits();
    } catch (error) {
      this.#failed(error);
    }
  }
}
