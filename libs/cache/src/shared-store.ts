import type { CacheName } from './cache-names.ts';

/** The shared level failed or cannot be reached. Readers then load; whoever changes something raises the generation first. */
export class CacheStoreError extends Error {
  override readonly name = 'CacheStoreError';
}

/** One key's answer: a value; or a lease, with which alone the key may be filled; or neither, where it may not be filled now. */
export interface SharedRead {
  readonly value: Uint8Array | undefined;
  readonly lease: string | undefined;
}

export interface SharedFill {
  readonly key: string;
  readonly value: Uint8Array;
  readonly lease: string;
}

export interface SharedFillResult {
  /** Keys of the name, afterwards. */
  readonly size: number;
  /** Keys that had to go. */
  readonly evicted: number;
}

/** Where a reader looks: values of another generation do not exist. */
export interface SharedSpace {
  readonly name: CacheName;
  readonly generation: number;
}

/**
 * Level two of the named caches. Each method throws `CacheStoreError` where the store fails, and acts on all keys at once.
 *
 *     read ──► value
 *       └────► lease ──► fill        accepted only while the lease lives
 *     beginChange ──► (commit) ──► endChange
 *          └ removes value and leases, forbids leases       └ removes again, allows leases
 *
 * A value belongs to a generation; leases and changes do not: who changes something need not know in which generation others read.
 */
export interface SharedCacheStore {
  read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]>;
  /** Keeps at most `capacity` keys of the name, the oldest go first. */
  fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<SharedFillResult>;
  /** `changeId` tells concurrent changes of one key apart. A change that is never ended ends by itself after a minute. */
  beginChange(name: CacheName, keys: readonly string[], changeId: string): Promise<void>;
  endChange(name: CacheName, keys: readonly string[], changeId: string): Promise<void>;
  /** Tells of each key that a change removed, whichever process made it. */
  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void;
  /**
   * Called when the store may have forgotten or brought back something: it was unreachable, emptied or failed over. Nothing is read from what
   * it may have brought back before the listener was called.
   */
  onDoubt(listener: () => void): void;
  close(): Promise<void>;
}

export interface SharedLimits {
  readonly capacity: number;
  /** Milliseconds; nothing: no limit. */
  readonly timeToLiveMs: number | undefined;
}

/** The number that all shared values belong to; it is kept where commits are kept, so that it never goes back. */
export interface CacheGenerations {
  /** As confirmed within the last half second; nothing where it could not be: then the shared level is not read. */
  current(): number | undefined;
  /**
   * Makes everything that is shared by now void for every process within half a second. Throws where that cannot be promised.
   *
   * @NOTE It is raised whatever number the caller has seen: under a higher one that the caller has not heard of, others may already have
   * filled what the caller is about to change.
   */
  raise(): Promise<void>;
}
