import type { Clock } from '@plexus/matrix-base';
import type { SearchDocument, SearchIndexWriter, ShardEpoch } from '@plexus/storage';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { UnitOfWork } from '../writing/unit-of-work.ts';
import type { ReadSearchChanges } from './read-search-changes.ts';
import { searchDocumentOf } from './search-document.ts';

/** Follows the log of owned shards for the search index. */
export interface SearchFollower {
  /** A shard is owned from now on, or its log turned out to be longer than remembered. */
  begin(owned: OwnedShard): void;
  /** Must not throw, nor take time: it is on the way of every unit of work. */
  committed(work: UnitOfWork): void;
  end(shard: number): void;
  stop(): Promise<void>;
}

/** Where there is no search. */
export const NO_SEARCH: SearchFollower = {
  begin: () => undefined,
  committed: () => undefined,
  end: () => undefined,
  stop: async () => undefined,
};

export interface SearchIndexerPorts {
  readonly index: SearchIndexWriter;
  readonly changes: ReadSearchChanges;
  readonly clock: Clock;
  failed(error: unknown): void;
}

export interface SearchIndexerOptions {
  readonly language: string;
  /** Between two looks for what is to be added. */
  readonly pauseMs?: number;
}

/** What is known of a shard. */
interface ShardIndex {
  readonly owned: OwnedShard;
  /** Up to where the index has the log; nothing until it is known. */
  indexed: number | undefined;
  /** Up to where the log is to be read from storage: what came before `documents`. */
  readUpTo: number;
  /** Up to where `documents` have the log. */
  position: number;
  documents: SearchDocument[];
  removed: number[];
  characters: number;
}

/** @NOTE The more texts come at once, the less each costs. */
const PAUSE_MS = 1_000;
const FAILURE_PAUSE_MS = 1_000;
const CLEARED_AT_ONCE = 2_000;
/** Characters of texts that wait in memory for one shard; beyond, the log is read again. */
const MOST_CHARACTERS = 1_000_000;
const DOCUMENTS_AT_ONCE = 500;
/** Rows of the log without text move the stored progress only after so many. */
const ROWS_WITHOUT_TEXT = 500;

/**
 * Fills the search index from the logs of owned shards, behind the sends and never with them.
 *
 *     committed ──► documents in memory ──┐
 *                                         ├──► index, with the position that it reached
 *     log in storage, where it begins ────┘
 *
 * What a crash forgets is read from the log again; what is there already stays.
 */
export class SearchIndexer implements SearchFollower {
  readonly #ports: SearchIndexerPorts;
  readonly #options: SearchIndexerOptions;
  readonly #shards = new Map<number, ShardIndex>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(ports: SearchIndexerPorts, options: SearchIndexerOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#running = this.#run();
  }

  begin(owned: OwnedShard): void {
    const { position } = owned.counters;
    const known = this.#shards.get(owned.shard);
    const indexed = known?.owned === owned ? known.indexed : undefined;
    this.#shards.set(owned.shard, { owned, indexed, ...fromLog(position) });
  }

  committed(work: UnitOfWork): void {
    for (const { row, roomId } of work.log) {
      const index = this.#shards.get(row.shard);
      if (index === undefined || row.position <= index.position) continue;
      // @NOTE After a unit of work of unknown outcome, rows may be committed of which nobody was told.
      const isGap = row.position > index.position + 1;
      if (isGap || index.characters > MOST_CHARACTERS) Object.assign(index, fromLog(row.position - 1));
      index.position = row.position;
      const known =
        row.eventNid === undefined ? undefined : work.rooms.get(roomId)?.uncommitted.events.get(row.eventNid);
      if (known !== undefined) addDocument(index, searchDocumentOf(known.event, { ...row, eventNid: known.eventNid }));
    }
    for (const { shard, eventNid } of work.redactedEvents) this.#shards.get(shard)?.removed.push(eventNid);
  }

  end(shard: number): void {
    this.#shards.delete(shard);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, failed } = this.#ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const isBehind = await this.#readLogs();
        await this.#storeDocuments();
        await clock.delay(isBehind ? 0 : (this.#options.pauseMs ?? PAUSE_MS), signal);
      } catch (error) {
        failed(error);
        await clock.delay(FAILURE_PAUSE_MS, signal);
      }
    }
  }

  /** A piece of the log of each shard that is not followed in memory yet; whether there is more. */
  async #readLogs(): Promise<boolean> {
    let isBehind = false;
    for (const index of this.#shards.values()) {
      if (this.#stopping.signal.aborted) return false;
      index.indexed ??= await this.#findProgress(index);
      if (index.indexed === undefined || index.indexed >= index.readUpTo) continue;
      const { shard } = index.owned;
      const piece = await this.#ports.changes.execute({ shard, after: index.indexed, upTo: index.readUpTo });
      const reached = [{ ...epochOf(index), position: piece.position }];
      const { documents, removed } = piece;
      await this.#ports.index.updateSearchIndex({ language: this.#options.language, documents, removed, reached });
      index.indexed = piece.position;
      isBehind ||= index.indexed < index.readUpTo;
    }
    return isBehind;
  }

  /** What waits in memory, of several shards at once. */
  async #storeDocuments(): Promise<void> {
    let taken: TakenDocuments[] = [];
    let count = 0;
    for (const index of this.#shards.values()) {
      if (!isWorthStoring(index)) continue;
      const documents = takeDocuments(index);
      taken.push(documents);
      count += documents.documents.length;
      if (count < DOCUMENTS_AT_ONCE) continue;
      await this.#storeTaken(taken);
      [taken, count] = [[], 0];
    }
    if (taken.length > 0) await this.#storeTaken(taken);
  }

  async #storeTaken(taken: readonly TakenDocuments[]): Promise<void> {
    try {
      await this.#ports.index.updateSearchIndex({
        language: this.#options.language,
        documents: taken.flatMap(({ documents }) => documents),
        removed: taken.flatMap(({ removed }) => removed),
        reached: taken.map(({ index, position }) => ({ ...epochOf(index), position })),
      });
      for (const { index, position } of taken) index.indexed = Math.max(index.indexed ?? 0, position);
    } catch (error) {
      for (const { index } of taken) Object.assign(index, fromLog(index.position));
      throw error;
    }
  }

  async #findProgress({ owned }: ShardIndex): Promise<number | undefined> {
    const progress = await this.#ports.index.readSearchProgress(owned.shard);
    if (progress?.language === this.#options.language) return progress.position;
    // The words of another language are of no use.
    const cleared = await this.#ports.index.clearSearchIndex(owned, CLEARED_AT_ONCE);
    return cleared === 0 ? 0 : undefined;
  }
}

interface TakenDocuments {
  readonly index: ShardIndex;
  readonly documents: readonly SearchDocument[];
  readonly removed: readonly { readonly shard: number; readonly eventNid: number }[];
  readonly position: number;
}

function isWorthStoring({ indexed, readUpTo, position, documents, removed }: ShardIndex): boolean {
  if (indexed === undefined || indexed < readUpTo) return false;
  return documents.length > 0 || removed.length > 0 || position - indexed >= ROWS_WITHOUT_TEXT;
}

/** @NOTE What is added and removed by one statement stays: the one does not see the other. */
function takeDocuments(index: ShardIndex): TakenDocuments {
  const { position, owned } = index;
  const removed = new Set(index.removed);
  const documents = index.documents.filter(({ eventNid }) => !removed.has(eventNid));
  Object.assign(index, { documents: [], removed: [], characters: 0 });
  return { index, documents, removed: [...removed].map((eventNid) => ({ shard: owned.shard, eventNid })), position };
}

function addDocument(index: ShardIndex, document: SearchDocument | undefined): void {
  if (document === undefined) return;
  index.documents.push(document);
  index.characters += document.text.length;
}

/** Nothing waits in memory: all up to a position is to be read from the log. */
function fromLog(position: number): Omit<ShardIndex, 'owned' | 'indexed'> {
  return { readUpTo: position, position, documents: [], removed: [], characters: 0 };
}

function epochOf({ owned: { shard, epoch } }: ShardIndex): ShardEpoch {
  return { shard, epoch };
}
