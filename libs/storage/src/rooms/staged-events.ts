import type { EventStatus } from './room-records.ts';

/**
 * What an event is staged for. `auth`: others cite it. `state`: it is in the state before the oldest event of the timeline (and may be cited
 * besides). `timeline`: it is to have a place in the room. `removed`: where only what differs from another state is staged, it is in that one, and
 * another event or none has its key in this.
 */
export type StagedPart = 'auth' | 'state' | 'timeline' | 'removed';

/** An event from another server's answer, checked for form, hash and signatures, until the owner of its room has taken it. */
export interface StagedEvent {
  /** Events are taken in this order: cited ones before those that cite them, as far as their depths say; the timeline oldest first. */
  readonly ordinal: number;
  readonly part: StagedPart;
  readonly eventId: string;
  /** Canonical JSON of the PDU. */
  readonly json: Buffer;
  /** Whether its content did not match its hash: `json` is the redacted form. */
  readonly isRedactedCopy?: boolean;
}

/** A staged event, and where it is stored already. */
export interface StagedRow extends StagedEvent {
  readonly stored:
    | { readonly eventNid: number; readonly status: EventStatus; readonly isRedactedCopy: boolean }
    | undefined;
}

/** What one import has staged; `importId` is unique within the deployment. */
export interface StagedImport {
  readonly shard: number;
  readonly importId: string;
}

export interface StagedPageQuery extends StagedImport {
  /** Whose events count as stored. */
  readonly roomNid: number;
  readonly parts: readonly StagedPart[];
  /** An ordinal; exclusive. */
  readonly after: number;
  readonly limit: number;
}

/** Stages events; `federation-sender` does. Each event of an import once. Throws `StorageError` where Postgres fails. */
export interface StagedEventWriter {
  /** What is staged under the same ordinal already stays. */
  stageEvents(place: StagedImport, events: readonly StagedEvent[]): Promise<void>;
  removeStaged(place: StagedImport): Promise<void>;
  /** Removes imports that nobody came back to: none of their events was staged within so many milliseconds. At most `limit` imports. */
  removeForgotten(olderThanMs: number, limit: number): Promise<number>;
}

/** Reads what is staged. Throws `StorageError` where Postgres fails. */
export interface StagedEventReader {
  /** In the order of their ordinals. */
  listStaged(query: StagedPageQuery): Promise<StagedRow[]>;
}
