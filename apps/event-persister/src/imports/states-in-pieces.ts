import { LRUCache } from 'lru-cache';
import type { StateInPieces } from './state-in-pieces.ts';

/** Under which circumstances what is remembered of an import is true. */
export interface ImportPlace {
  readonly importId: string;
  readonly roomId: string;
  /** That of what is remembered of the shard's rooms. */
  readonly version: number;
}

interface Remembered extends Omit<ImportPlace, 'importId'> {
  readonly pieces: StateInPieces;
}

/** Entries of states: some 100 MiB. */
const MOST_ENTRIES = 300_000;
/** A server that claims depths as it likes could have all of its events wait. */
const MOST_DEFERRED_BYTES = 4 * 1024 * 1024;
const REMEMBERED_MS = 10 * 60_000;

/** States that come in pieces, until the imports that are to have them. Whoever finds one forgotten stages it whole. */
export class StatesInPieces {
  readonly #remembered = new LRUCache<string, Remembered>({
    maxSize: MOST_ENTRIES,
    sizeCalculation: ({ pieces }) => pieces.state.size + 1,
    ttl: REMEMBERED_MS,
  });

  /** Remembers it, as large as it is now. */
  remember({ importId, ...place }: ImportPlace, pieces: StateInPieces): void {
    if (pieces.deferredBytes > MOST_DEFERRED_BYTES) this.forget(importId);
    else this.#remembered.set(importId, { ...place, pieces });
  }

  find({ importId, roomId, version }: ImportPlace): StateInPieces | undefined {
    const found = this.#remembered.get(importId);
    return found?.roomId === roomId && found.version === version ? found.pieces : undefined;
  }

  forget(importId: string): void {
    this.#remembered.delete(importId);
  }
}
