import type { BucketUse, TokenBuckets } from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';

interface Bucket {
  /** What is left, as of `at`. */
  readonly level: number;
  readonly at: number;
}

/** Beyond this many buckets the least recently used are dropped: they are the fullest, nearly. */
const MAX_BUCKETS = 200_000;

/** Buckets of one process. */
export class MemoryTokenBuckets implements TokenBuckets {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  use({ key, size: { perSecond, burst }, mode, count = 1 }: BucketUse): number {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { level: burst, at: now };
    const level = Math.min(burst, bucket.level + (Math.max(0, now - bucket.at) / 1000) * perSecond);
    const waitMs = level >= count ? 0 : waitFor(count - level, count > burst ? 0 : perSecond);
    if (mode === 'take') this.#keep(key, { level: waitMs > 0 ? level : level - count, at: now });
    return Math.min(Math.ceil(waitMs), Number.MAX_SAFE_INTEGER);
  }

  async close(): Promise<void> {}

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_BUCKETS && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

function waitFor(tokens: number, perSecond: number): number {
  return (tokens / Math.max(perSecond, Number.MIN_VALUE)) * 1000;
}
