import type { ShardEpoch } from './room-transactor.ts';

/** What of an event is searched (https://spec.matrix.org/v1.19/client-server-api/#room_events). */
export const SEARCH_KEYS = ['content.body', 'content.name', 'content.topic'] as const;
export type SearchKey = (typeof SEARCH_KEYS)[number];

/** The text of an event. */
export interface SearchDocument {
  readonly shard: number;
  readonly eventNid: number;
  readonly roomNid: number;
  readonly sender: string;
  readonly key: SearchKey;
  readonly originServerTs: number;
  /** Without NUL. */
  readonly text: string;
}

/** A piece of the index, of any shards. */
export interface SearchUpdate {
  /** Of which the words are: a text search configuration of Postgres. */
  readonly language: string;
  readonly documents: readonly SearchDocument[];
  /** Events that are redacted. */
  readonly removed: readonly { readonly shard: number; readonly eventNid: number }[];
  /** Up to where the logs of these shards are in the index then. */
  readonly reached: readonly (ShardEpoch & { readonly position: number })[];
}

export interface SearchProgress {
  readonly position: number;
  readonly language: string;
}

/**
 * Writes the search index of owned shards. Everything in it follows from the log, so that what a former owner still writes does no harm: the
 * epoch is looked at, and no row is locked for it.
 */
export interface SearchIndexWriter {
  /** Up to where a shard's log is in the index; nothing where none of it is. */
  readSearchProgress(shard: number): Promise<SearchProgress | undefined>;
  /** Adds to the index; what is there already stays. What is of shards that are not owned, or not among those reached, is left out. */
  updateSearchIndex(update: SearchUpdate): Promise<void>;
  /** Takes a piece of the shard out of the index; returns how many entries went, nothing where the shard is not owned. */
  clearSearchIndex(owner: ShardEpoch, limit: number): Promise<number | undefined>;
}

export interface SearchRoom {
  readonly shard: number;
  readonly roomNid: number;
}

/** Behind which hit to go on. */
export interface SearchHitPlace {
  /** Of the ordering `rank`. */
  readonly rank: number;
  readonly originServerTs: number;
  readonly shard: number;
  readonly eventNid: number;
}

export interface SearchQuery {
  /** As people write it: words, "phrases", `or`, and `-` before what is not to be there. Without NUL. */
  readonly term: string;
  readonly language: string;
  readonly rooms: readonly SearchRoom[];
  readonly keys: readonly SearchKey[];
  /** Only events of this sender. */
  readonly sender: string | undefined;
  readonly order: 'rank' | 'recent';
  readonly after: SearchHitPlace | undefined;
  readonly limit: number;
}

export interface SearchHit extends SearchHitPlace {
  readonly roomNid: number;
}

/** Searches the texts of events. Whether a user may see an event is for the caller to decide. */
export interface SearchReader {
  /** In the order that is asked for, the best or the newest first. */
  search(query: SearchQuery): Promise<SearchHit[]>;
  /** About how many hits there are in all. */
  countHits(query: SearchQuery): Promise<number>;
  /** Words of the texts that the term means, lower case. */
  findHighlights(texts: readonly string[], term: string, language: string): Promise<string[]>;
}
