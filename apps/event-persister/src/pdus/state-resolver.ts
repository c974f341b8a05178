import type { StateKey, StateNode } from '@plexus/room-dag';
import type { ResidencyChange } from '@plexus/storage';
import type { ChangedKey } from '../rooms/changes.ts';

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
  /** Instead of the number, where the asking attempt alone knows the event: it may have another number in the next attempt. */
  readonly eventId?: string;
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

/** States that differ in too much for one turn: the state that they resolve to is made and stored in pieces. */
export interface StateTask extends Omit<ResolutionTask, 'conflicts' | 'base'> {
  /** The first of them is stored. */
  readonly roots: readonly number[];
  /** Nodes that only the asking attempt knows. */
  readonly nodes: ReadonlyMap<number, StateNode>;
}

/** A state that was made: all of it is stored, but for entries whose events are not. */
export interface MadeState {
  readonly root: number;
  readonly late: readonly NumberedEntry[];
}

/** Between which stored states a room is to go on, where they differ in too much for one turn. */
export interface TransitionTask {
  readonly shard: number;
  readonly roomNid: number;
  readonly from: number;
  readonly to: number;
}

/** What changes from one state to another, as far as it is not looked at one by one. */
export interface LargeTransition extends Pick<TransitionTask, 'from' | 'to'> {
  readonly joinedDelta: number;
  readonly invitedDelta: number;
  /** One of each server. */
  readonly residency: readonly ResidencyChange[];
  /** Of what changes, memberships of hosted users, what describes the room, and one other membership if any changes. */
  readonly kept: readonly ChangedKey[];
}

/** What one resolution was of, and what it took. */
export interface ResolutionCost {
  readonly roomId: string;
  /** How many states were resolved. */
  readonly states: number;
  /** Of a thread's time. */
  readonly threadMs: number;
  /** Reading what was missing; what an attempt resolved itself it had loaded before. */
  readonly readMs: number;
}

/** Resolves conflicts away from the main thread. */
export interface ConflictResolver {
  resolve(task: ResolutionTask): Promise<readonly NumberedEntry[]>;
  /** Told of each resolution that an attempt has done itself. */
  resolved?(cost: ResolutionCost): void;
}

/** What takes long about states is done meanwhile, while only its room waits. */
export interface StateResolver extends ConflictResolver {
  /** Of states of which more places of the trie differ, what follows is made and counted by it. */
  readonly placesHere: number;
  makeState(task: StateTask): Promise<MadeState>;
  countTransition(task: TransitionTask): Promise<LargeTransition>;
}
