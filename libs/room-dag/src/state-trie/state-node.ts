import type { StateKey } from '../pdu/pdu.ts';

/** The root of a state without entries. It has no stored node; real node ids begin at 1. */
export const EMPTY_ROOT = 0;

/** Children of an inner node: one per hexadecimal digit of the path. */
export const BRANCHING = 16;

/**
 * A leaf holds at most this many entries; one more and it is split. Only a leaf at the end of its path may hold more. Of 4, 8, 12,
 * 16, 24 and 32 this writes the fewest bytes per change together with the fewest nodes, from 10 to 100,000 members; the shape of
 * stored tries depends on it.
 */
export const LEAF_CAPACITY = 8;

/** One entry of room state: the event, by its number in the room's shard, that stands for a (type, state_key). */
export interface StateEntry extends StateKey {
  readonly eventNid: number;
}

/** A bucket of entries, ordered by type and state key. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly entries: readonly StateEntry[];
}

/** `BRANCHING` child ids; `EMPTY_ROOT` where there is no child. */
export interface InnerNode {
  readonly kind: 'inner';
  readonly children: readonly number[];
}

/** A node of the state trie, immutable once it has an id. */
export type StateNode = LeafNode | InnerNode;

/**
 * The nodes that the caller has loaded. `undefined` says "not loaded", never "does not exist": a trie that asks for a node that was
 * never stored is a bug of whoever stored its parent.
 */
export interface StateNodes {
  find(nodeId: number): StateNode | undefined;
}

/** The answer cannot be given yet: load these nodes, keep those already loaded, and ask again. */
export interface MissingNodes {
  readonly outcome: 'missing';
  readonly nodeIds: readonly number[];
}

/** Orders entries as a leaf keeps them. */
export function compareStateKeys(a: StateKey, b: StateKey): number {
  if (a.type !== b.type) return a.type < b.type ? -1 : 1;
  if (a.stateKey === b.stateKey) return 0;
  return a.stateKey < b.stateKey ? -1 : 1;
}

/** A text that is the same for equal keys only, for maps and sets of keys. */
export function nameOfStateKey({ type, stateKey }: StateKey): string {
  return `${type.length}:${type}${stateKey}`;
}

/** Whether two keys name the same entry of room state. */
export function isSameStateKey(a: StateKey, b: StateKey): boolean {
  return a.stateKey === b.stateKey && a.type === b.type;
}
