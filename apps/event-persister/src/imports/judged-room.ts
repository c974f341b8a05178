import type { KnownEvent } from '../rooms/known-event.ts';

/** A room that was joined with members omitted, as far as it has been judged again over the complete state. */
export interface JudgedRoom {
  /** The events since the join that have been judged, by number, as they are now. */
  readonly events: ReadonlyMap<number, KnownEvent>;
  /** Those of them that are accepted, rejected or soft-failed and were something else before. */
  readonly changed: readonly KnownEvent[];
  /** By number, the JSON of those that the room's policy server has signed only now. */
  readonly signed: ReadonlyMap<number, Buffer>;
  readonly extremities: readonly KnownEvent[];
  readonly currentRoot: number;
}

/** What one piece has added to it; its `events` and `signed` are the new ones alone. */
export type JudgedPiece = JudgedRoom;
