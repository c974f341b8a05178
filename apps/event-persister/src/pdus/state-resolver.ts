import type { ResolvedEntry, StateConflictEntry } from '@plexus/room-dag';

/** An event for a resolution elsewhere: unparsed. */
export interface ResolutionEvent {
  readonly eventId: string;
  /** JSON of the PDU. */
  readonly json: Uint8Array;
  readonly authDepth: number;
  readonly isRejected: boolean;
}

/** A resolution that takes long. All of it can be cloned into another thread. */
export interface ResolutionTask {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  readonly conflicts: readonly StateConflictEntry[];
  /** A committed root that has what the states share. */
  readonly base: number;
  /** State events that only the asking attempt knows. */
  readonly uncommitted: readonly ResolutionEvent[];
}

/** Resolves states away from the main thread. */
export interface StateResolver {
  resolve(task: ResolutionTask): Promise<readonly ResolvedEntry[]>;
}
