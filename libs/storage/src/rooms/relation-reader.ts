import type { TimelinePlace } from './room-reader.ts';

/** An event, and what decides which others may replace it. */
export interface RelationParent {
  readonly eventId: string;
  readonly sender: string;
  readonly type: string;
}

export interface RelatedQuery {
  readonly shard: number;
  readonly roomNid: number;
  readonly parents: readonly RelationParent[];
  /** Who asks. */
  readonly userId: string;
  /** Senders whose events are left out. */
  readonly ignored: readonly string[];
  /** Only events before this place. */
  readonly before: TimelinePlace | undefined;
}

/** A thread as one user has it. */
export interface ThreadSummary {
  readonly count: number;
  /** Numbers of the newest replies, newest first: more than one, as some may not be shown. */
  readonly latest: readonly number[];
  /** Whether the user sent one of the replies. */
  readonly hasReplied: boolean;
}

/** What relates to an event, as far as servers aggregate it. */
export interface RelatedEvents {
  /** Numbers of events that may replace it, the most recent first; more than one, as some may not be shown. */
  readonly replacements: readonly number[];
  /** Numbers of events that refer to it, in the order of the timeline. */
  readonly references: readonly number[];
  readonly thread: ThreadSummary | undefined;
}

export interface RelationPageQuery {
  readonly shard: number;
  readonly roomNid: number;
  readonly parentEventId: string;
  readonly relationType: string | undefined;
  readonly eventType: string | undefined;
  /** 1: what relates to the parent itself. */
  readonly depth: number;
  readonly direction: 'backwards' | 'forwards';
  /** Exclusive. */
  readonly from: TimelinePlace;
  /** Exclusive. */
  readonly to: TimelinePlace | undefined;
  readonly limit: number;
}

export interface ThreadPageQuery {
  readonly shard: number;
  readonly roomNid: number;
  /** Only threads whose latest reply is before this place. */
  readonly before: TimelinePlace;
  readonly limit: number;
}

export interface ThreadPlace {
  readonly rootEventId: string;
  /** Of its latest reply. */
  readonly latest: TimelinePlace;
}

/** An annotation that somebody may have sent. */
export interface AnnotationQuery {
  readonly shard: number;
  readonly roomNid: number;
  readonly parentEventId: string;
  readonly sender: string;
  readonly eventType: string;
  readonly keyHash: string;
}

/**
 * Reads how events of a room relate (https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events). Whether an event may
 * be seen, and whether a redaction that names it takes effect, is for the caller to decide.
 */
export interface RelationReader {
  /** By the parent's id; parents to which nothing relates are left out. */
  findRelated(query: RelatedQuery): Promise<Map<string, RelatedEvents>>;
  /** Numbers of events that relate to one, in the order of the direction. */
  pageRelations(query: RelationPageQuery): Promise<number[]>;
  /** Threads of a room, those with the newest replies first. */
  pageThreads(query: ThreadPageQuery): Promise<ThreadPlace[]>;
}
