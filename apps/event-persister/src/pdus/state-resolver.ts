import type { StateKey } from '@plexus/room-dag';

/** An event for a resolution elsewhere: unparsed. */
export interface ResolutionEvent {
  readonly eventId: string;
  /** JSON of the PDU. */
  readonly json: Uint8Array;
  readonly authDepth: number;
  readonly isRejected: boolean;
}

/** A key on which states differ, with the number of each state's event, or nothing where a state has none. */
export interface NumberedConflict extends StateKey {
  readonly eventNids: readonly (number | undefined)[];
}

/** What a key has in the resolved state. */
export interface NumberedEntry extends StateKey {
  readonly eventNid: number | undefined;
}

/** A resolution that takes long. Events are named by their numbers, so that whoever asks need not have loaded them. */
export interface ResolutionTask {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly roomVersion: string;
  readonly conflicts: readonly NumberedConflict[];
  /** A committed root that has what the states share. */
  readonly base: number;
  /** State events that only the asking attempt knows. */
  readonly uncommitted: readonly (ResolutionEvent & { readonly eventNid: number })[];
}

/** Resolves states away from the main thread. */
export interface StateResolver {
  resolve(task: ResolutionTask): Promise<readonly NumberedEntry[]>;
}
