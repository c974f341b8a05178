import type { BucketUse, TokenBuckets } from '@plexus/cache';
import { CacheStoreError } from '@plexus/cache';

/** The shared buckets; while they cannot be reached, this process counts for itself. */
export class FallBackTokenBuckets implements TokenBuckets {
  readonly #shared: TokenBuckets;
  readonly #own: TokenBuckets;
  readonly #onStoreError: (error: CacheStoreError) => void;

  constructor(shared: TokenBuckets, own: TokenBuckets, onStoreError: (error: CacheStoreError) => void) {
    this.#shared = shared;
    this.#own = own;
    this.#onStoreError = onStoreError;
  }

  async use(use: BucketUse): Promise<number> {
    try {
      return await this.#shared.use(use);
    } catch (error) {
      if (!(error instanceof CacheStoreError)) throw error;
      this.#onStoreError(error);
      return this.#own.use(use);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#shared.close(), this.#own.close()]);
  }
}
