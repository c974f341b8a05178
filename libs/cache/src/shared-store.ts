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

/** What names a place in the shared level. Values of another generation do not exist. */
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
 */
export interface SharedCacheStore {
  read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]>;
  /** Keeps at most `capacity` keys of the name, the oldest go first. */
  fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<void>;
  /** `changeId` tells concurrent changes of one key apart. */
  beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void>;
  endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void>;
  /** Tells of each key that a change removed, whichever process made it. */
  onInvalidation(listener: (name: CacheName, keys: readonly string[]) => void): void;
  /** Called when the store may have forgotten or brought back something: it was unreachable, emptied or failed over. */
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
  /** Makes everything shared under `seen` void for every process within half a second. Throws where that cannot be promised. */
  raise(seen: number | undefined): Promise<void>;
}
