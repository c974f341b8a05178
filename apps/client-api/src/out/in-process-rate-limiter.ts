import type { Clock } from '@plexus/matrix-base';
import type { LimitedAction, LimitedUse, RateLimiter } from '../limits/rate-limiter.ts';

export interface BucketSize {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  /** What is left, as of `at`. */
  level: number;
  at: number;
}

/** Beyond this many buckets of one action the oldest are dropped: they are the fullest, nearly. */
const MAX_BUCKETS = 100_000;

/** Buckets in this process that fill again with time. Each replica counts for itself. */
export class InProcessRateLimiter implements RateLimiter {
  readonly #sizes: Readonly<Record<LimitedAction, BucketSize>>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #buckets = new Map<LimitedAction, Map<string, Bucket>>();

  constructor(sizes: Readonly<Record<LimitedAction, BucketSize>>, clock: Pick<Clock, 'now'>) {
    this.#sizes = sizes;
    this.#clock = clock;
  }

  use({ action, key, mode = 'take' }: LimitedUse): number {
    const { perSecond, burst } = this.#sizes[action];
    const now = this.#clock.now();
    const bucket = this.#bucketOf(action, key) ?? { level: burst, at: now };
    const level = Math.min(burst, bucket.level + ((now - bucket.at) / 1000) * perSecond);
    const waitMs = level >= 1 ? 0 : ((1 - level) / Math.max(perSecond, Number.MIN_VALUE)) * 1000;
    if (mode === 'take') this.#keep(action, key, { level: waitMs > 0 ? level : level - 1, at: now });
    return Math.min(waitMs, Number.MAX_SAFE_INTEGER);
  }

  #bucketOf(action: LimitedAction, key: string): Bucket | undefined {
    return this.#buckets.get(action)?.get(key);
  }

  #keep(action: LimitedAction, key: string, bucket: Bucket): void {
    const buckets = this.#buckets.get(action) ?? new Map<string, Bucket>();
    this.#buckets.set(action, buckets);
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest);
  }
}

/** For laboratories. */
export class UnlimitedRateLimiter implements RateLimiter {
  use(): number {
    return 0;
  }
}
