import type { EventLookup } from '../auth-rules/auth-state.ts';
import type { StateKey } from '../pdu/pdu.ts';
import type { RoomVersionRules } from '../room-version/rules.ts';

/**
 * What state resolution reads. The states to be resolved are given by what they differ in, so that the cost follows the conflict and
 * not the size of the room; everything else is looked up when needed. Look-ups are synchronous: what the caller has not loaded yet is
 * answered with "not loaded", is named in the result, and the caller loads it and asks again.
 */
export interface ResolutionInput {
  readonly roomId: string;
  readonly rules: RoomVersionRules;
  readonly conflicts: readonly StateConflictEntry[];
  readonly unconflicted: UnconflictedState;
  readonly events: AuthGraph;
}

/** A key for which the states do not all have the same event, with the event of each state in the order of the states. */
export interface StateConflictEntry extends StateKey {
  readonly eventIds: readonly (string | undefined)[];
}

/** The answer of a look-up whose entry the caller has not loaded. */
export const NOT_LOADED: unique symbol = Symbol('not loaded');

/** The entries that all states share. It is not asked for keys in conflict. */
export interface UnconflictedState {
  findEventId(type: string, stateKey: string): string | undefined | typeof NOT_LOADED;
}

/** The events of the room and how they cite each other as auth events. */
export interface AuthGraph extends EventLookup {
  /** Of a loaded event: 1 + the highest of its auth events, 0 without any. It is stored with the event. */
  authDepth(eventId: string): number;
  /** The state events that cite an event as auth event, the latest first. `undefined` says "not loaded". It is not asked of the create event. */
  authChildren(eventId: string): AuthChildren | undefined;
}

export interface AuthChildren {
  readonly events: readonly AuthChild[];
  /** False if there are more than are listed. Then the rest is asked for only where these do not decide. */
  readonly isComplete: boolean;
}

export interface AuthChild extends StateKey {
  readonly eventId: string;
}

/** The new values of the keys in conflict, and of keys that no state had; `undefined` where no event was allowed. */
export interface ResolvedState {
  readonly outcome: 'resolved';
  readonly changes: readonly ResolvedEntry[];
}

export interface ResolvedEntry extends StateKey {
  readonly eventId: string | undefined;
}

/** The answer cannot be given yet: load these, keep what is loaded, and ask again. */
export interface MissingForResolution {
  readonly outcome: 'missing';
  /** Load them with some generations of their auth events: a chain of power levels is asked for one event after the other. */
  readonly eventIds: readonly string[];
  /** Events whose auth children are not loaded, or of whose auth children more are needed. */
  readonly authChildrenOf: readonly string[];
  /** Keys of unconflicted state. */
  readonly stateKeys: readonly StateKey[];
}

export type Resolution = ResolvedState | MissingForResolution;
