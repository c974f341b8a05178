import type { CacheName } from './cache-names.ts';

/** The shared level failed or cannot be reached. Readers then load; whoever changes something raises the generation first. */
export class CacheStoreError extends Error {
  override readonly name: string = 'CacheStoreError';
}

/**
 * The store that answered is not the home of the generation: it was emptied, restarted or failed over, or is the other side of a split.
 * What it holds, and what marks of changes it lacks, nobody knows.
 */
export class CacheStrangerError extends CacheStoreError {
  override readonly name = 'CacheStrangerError';
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

/** The store that all processes use under a generation. */
export interface SharedHome {
  readonly generation: number;
  /** Names one running store; one that was restarted, or took over from it, does not know that name. */
  readonly home: string;
}

/** What names a place in the shared level. Values of another generation do not exist. */
export interface SharedSpace extends SharedHome {
  readonly name: CacheName;
}

/**
 * Level two of the named caches. Each method throws `CacheStoreError` where the store fails, and `CacheStrangerError` where it is not the
 * home that the space names; it acts on all keys at once.
 *
 *     read ──► value
 *       └────► lease ──► fill        accepted only while the lease lives
 *     beginChange ──► (commit) ──► endChange
 *          └ removes value and leases, forbids leases       └ removes again, allows leases
 *
 * A value belongs to a generation; leases and changes do not.
 */
export interface SharedCacheStore {
  read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]>;
  /**
   * Keeps at most `capacity` keys of the name, those used least recently go first. Many keys too many may take several calls, which need not fill anything.
   */
  fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<SharedFillResult>;
  /** `changeId` tells concurrent changes of one key apart. A change that is never ended ends by itself after a minute. */
  beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void>;
  endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void>;
  /** Makes this store ready to be the home of a generation, and says what it is called then: `last` where it still is that home. */
  settle(generation: number, last: string | undefined): Promise<string>;
  /** Has `onInvalidation` hear of these keys in every process that listens now; nothing is changed. */
  tell(name: CacheName, keys: readonly string[]): Promise<void>;
  /** Tells of each key that a change removed, whichever process made it, and of what `tell` says. */
  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void;
  close(): Promise<void>;
}

export interface SharedLimits {
  readonly capacity: number;
  /** Milliseconds; nothing: no limit. */
  readonly timeToLiveMs: number | undefined;
}

/** The number that all shared values belong to; it is kept where commits are kept, so that it never goes back. */
export interface CacheGenerations {
  /** As confirmed within the last half second; nothing where it could not be, or is closed: then the shared level is neither read nor filled. */
  current(): SharedHome | undefined;
  /**
   * Where changes are marked: as `current`, and while the shared level is closed too. Confirmed now where it was not; nothing where the generation has no
   * home yet.
   */
  homeOfChanges(): Promise<SharedHome | undefined>;
  /** A command failed: what was confirmed before counts no longer. */
  doubt(): void;
  /**
   * Makes everything shared void, for every process within half a second, and nobody fills the shared level before the time that it
   * resolves to (by this process's clock, at least `leastMs` away). Throws where that cannot be promised.
   */
  close(leastMs: number): Promise<number>;
  /** The store is not the home of `generation`: makes everything shared void, unless that has happened since. */
  renew(generation: number): Promise<void>;
}
