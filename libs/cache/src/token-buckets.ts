/** A bucket holds `burst` tokens and fills again at `perSecond`. */
export interface BucketSize {
  readonly perSecond: number;
  readonly burst: number;
}

export interface BucketUse {
  /** Names the bucket. */
  readonly key: string;
  readonly size: BucketSize;
  /** `peek` only asks whether the bucket is empty. */
  readonly mode: 'take' | 'peek';
  /** So many tokens at once, or none of them; one where nothing is said. */
  readonly count?: number;
}

/**
 * Buckets of tokens that all processes of a deployment share: what they limit stays limited with any number of replicas. A bucket that
 * nobody knows is full. They may be lost: then everybody starts afresh.
 */
export interface TokenBuckets {
  /** Milliseconds until there are as many tokens, 0 if there were, which are taken. More than a bucket holds there never are. Throws `CacheStoreError` where the store fails. */
  use(use: BucketUse): Promise<number> | number;
  close(): Promise<void>;
}
