import type { StateKey } from '../pdu/pdu.ts';
import type { StateEntry, StateNode, StateNodes } from './state-node.ts';
import { BRANCHING, compareStateKeys, EMPTY_ROOT, nameOfStateKey } from './state-node.ts';
import type { StatePath } from './state-path.ts';
import { digitAt, statePath } from './state-path.ts';

/** A key on which several states do not all agree, with the event of each state, in the order of the roots. */
export interface StateConflict extends StateKey {
  readonly eventNids: readonly (number | undefined)[];
}

/** What one piece of a comparison has found, and the nodes that it could not go on without. */
export interface ComparedPiece {
  readonly conflicts: readonly StateConflict[];
  readonly missing: readonly number[];
}

/** A stored subtree by its id, or what a leaf that lies beside larger subtrees has at this place. */
type Subtree = number | readonly StateEntry[];

/** What each state has at one place of the trie. */
interface Place {
  readonly subtrees: readonly Subtree[];
  readonly depth: number;
}

/**
 * The comparison of several states, in pieces that the caller finds short enough: on which keys they do not all have the same event. Equal subtrees
 * are skipped by their id, so the cost follows the difference. It is over when nothing is left; a place whose nodes are missing is come back to.
 */
export class StateComparison {
  readonly #pathOf: StatePath;
  /** Places to be looked at, the next one last. */
  #places: Place[];

  constructor(roots: readonly number[], pathOf: StatePath = statePath) {
    this.#pathOf = pathOf;
    this.#places = hasDifference(roots) ? [{ subtrees: roots, depth: 0 }] : [];
  }

  get isDone(): boolean {
    return this.#places.length === 0;
  }

  /** Looks at `limit` places, or a few more; at all of them where it is infinite. */
  take(limit: number, nodes: StateNodes): ComparedPiece {
    const conflicts: StateConflict[] = [];
    const missing = new Set<number>();
    const blocked: Place[] = [];
    let looked = 0;
    for (let place = this.#places.pop(); place !== undefined; place = this.#places.pop()) {
      const loaded = load(place, nodes, missing);
      if (loaded === undefined) blocked.push(place);
      else if (loaded.some(isInner)) this.#descend(place.depth, loaded);
      else conflicts.push(...compareEntries(loaded.map(entriesOf)));
      looked += 1;
      if (looked >= limit || missing.size >= limit) break;
    }
    this.#places.push(...blocked.reverse());
    return { conflicts, missing: [...missing] };
  }

  #descend(depth: number, loaded: readonly Loaded[]): void {
    const children = loaded.map((node) => this.#childrenOf(node, depth));
    for (let digit = BRANCHING - 1; digit >= 0; digit -= 1) {
      const subtrees = children.map((of) => of[digit] ?? EMPTY_ROOT);
      if (hasDifference(subtrees)) this.#places.push({ subtrees, depth: depth + 1 });
    }
  }

  #childrenOf(node: Loaded, depth: number): readonly Subtree[] {
    if (isInner(node)) return node.children;
    const children: StateEntry[][] = [];
    for (const entry of entriesOf(node)) (children[digitAt(this.#pathOf(entry), depth)] ??= []).push(entry);
    return children;
  }
}

type Loaded = StateNode | readonly StateEntry[];

function hasDifference(subtrees: readonly Subtree[]): boolean {
  return subtrees.some((subtree) => subtree !== subtrees[0]);
}

/** Nothing where any node is missing. */
function load({ subtrees }: Place, nodes: StateNodes, missing: Set<number>): readonly Loaded[] | undefined {
  const loaded = subtrees.map((subtree) => {
    if (typeof subtree !== 'number') return subtree;
    if (subtree === EMPTY_ROOT) return NO_ENTRIES;
    const node = nodes.find(subtree);
    if (node === undefined) missing.add(subtree);
    return node;
  });
  return loaded.every((node) => node !== undefined) ? loaded : undefined;
}

const NO_ENTRIES: readonly StateEntry[] = [];

function isInner(node: Loaded): node is Extract<StateNode, { kind: 'inner' }> {
  return 'kind' in node && node.kind === 'inner';
}

function entriesOf(node: Loaded): readonly StateEntry[] {
  if (!('kind' in node)) return node;
  return node.kind === 'leaf' ? node.entries : NO_ENTRIES;
}

/** The keys on which leaves at one place differ, in their order. */
function compareEntries(leaves: readonly (readonly StateEntry[])[]): StateConflict[] {
  const found = new Map<string, { readonly key: StateEntry; readonly eventNids: (number | undefined)[] }>();
  for (const [index, entries] of leaves.entries()) {
    for (const key of entries) {
      const name = nameOfStateKey(key);
      const row = found.get(name) ?? { key, eventNids: leaves.map(() => undefined) };
      row.eventNids[index] = key.eventNid;
      found.set(name, row);
    }
  }
  return [...found.values()]
    .filter(({ eventNids }) => eventNids.some((eventNid) => eventNid !== eventNids[0]))
    .sort((a, b) => compareStateKeys(a.key, b.key))
    .map(({ key: { type, stateKey }, eventNids }) => ({ type, stateKey, eventNids }));
}
