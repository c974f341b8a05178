import type { StateKey } from '../pdu/pdu.ts';
import type { LeafNode, MissingNodes, StateEntry, StateNode, StateNodes } from './state-node.ts';
import {
  BRANCHING,
  compareStateKeys,
  EMPTY_ROOT,
  isSameStateKey,
  LEAF_CAPACITY,
  nameOfStateKey,
} from './state-node.ts';
import type { StatePath } from './state-path.ts';
import { digitAt, statePath } from './state-path.ts';

/** A new event for a key, or its removal from the state. */
export interface StateChange extends StateKey {
  readonly eventNid: number | undefined;
}

/** A node to be stored. */
export interface CreatedNode {
  readonly id: number;
  readonly node: StateNode;
}

/**
 * The state after the changes. `created` lists children before parents, and every child's id is below its parent's as long as
 * `allotId` counts upwards. When nothing changes, `root` is the old root and nothing is created.
 */
export type StateUpdate =
  | { readonly outcome: 'updated'; readonly root: number; readonly created: readonly CreatedNode[] }
  | MissingNodes;

/** What an update needs from its caller. */
export interface StateUpdateContext {
  readonly nodes: StateNodes;
  /** Gives the next id of the shard's dense counter; called once per created node, and only when no node is missing. */
  allotId(): number;
  readonly pathOf?: StatePath;
}

/**
 * Decides the state after changes to the state that `root` names, in one pass that touches only the paths to the changed keys;
 * everything else is shared. The last of several changes of one key counts. The shape of the result depends on its entries only,
 * not on the way there: a subtree with at most `LEAF_CAPACITY` entries is a leaf.
 */
export function updateState(root: number, changes: Iterable<StateChange>, context: StateUpdateContext): StateUpdate {
  const pathOf = context.pathOf ?? statePath;
  const placed = lastOfEachKey(changes).map((change) => ({ path: pathOf(change), change }));
  const pass: Pass = { nodes: context.nodes, pathOf, missing: new Set() };
  const draft = applyAt(root, placed, { pass, depth: 0 });
  if (pass.missing.size > 0) return { outcome: 'missing', nodeIds: [...pass.missing] };
  const created: CreatedNode[] = [];
  return { outcome: 'updated', root: allot(draft, context, created), created };
}

/** A subtree on its way: the id of a stored one (`EMPTY_ROOT` for none), or a new one without id. */
type Draft = number | LeafNode | DraftInner;

interface DraftInner {
  readonly kind: 'inner';
  readonly children: readonly Draft[];
}

interface Placed<T> {
  readonly path: string;
  readonly change: T;
}

interface Pass {
  readonly nodes: StateNodes;
  readonly pathOf: StatePath;
  readonly missing: Set<number>;
}

interface Place {
  readonly pass: Pass;
  readonly depth: number;
}

function lastOfEachKey(changes: Iterable<StateChange>): StateChange[] {
  const list = [...changes];
  if (list.length < 2) return list;
  return [...new Map(list.map((change) => [nameOfStateKey(change), change])).values()];
}

function applyAt(nodeId: number, changes: readonly Placed<StateChange>[], place: Place): Draft {
  if (nodeId === EMPTY_ROOT) return build(changes.filter(isSet), place.depth);
  const node = place.pass.nodes.find(nodeId);
  if (node === undefined) {
    place.pass.missing.add(nodeId);
    return nodeId;
  }
  if (node.kind === 'leaf') return applyToLeaf({ nodeId, entries: node.entries }, changes, place);
  return applyToInner({ nodeId, children: node.children }, changes, place);
}

function applyToLeaf(
  leaf: { readonly nodeId: number; readonly entries: readonly StateEntry[] },
  changes: readonly Placed<StateChange>[],
  { pass, depth }: Place,
): Draft {
  const effective = changes.filter(({ change }) => findEntry(leaf.entries, change)?.eventNid !== change.eventNid);
  if (effective.length === 0) return leaf.nodeId;
  const kept = leaf.entries.filter((entry) => !effective.some(({ change }) => isSameStateKey(change, entry)));
  const added = effective.filter(isSet);
  if (kept.length + added.length <= LEAF_CAPACITY) return leafOf([...kept, ...added.map(({ change }) => change)]);
  return build([...kept.map((entry) => ({ path: pass.pathOf(entry), change: entry })), ...added], depth);
}

function applyToInner(
  inner: { readonly nodeId: number; readonly children: readonly number[] },
  changes: readonly Placed<StateChange>[],
  { pass, depth }: Place,
): Draft {
  const children: Draft[] = [...inner.children];
  let hasChanged = false;
  for (const [digit, group] of groupByDigit(changes, depth).entries()) {
    const child = inner.children[digit];
    if (group === undefined || child === undefined) continue;
    const draft = applyAt(child, group, { pass, depth: depth + 1 });
    children[digit] = draft;
    hasChanged ||= draft !== child;
  }
  if (!hasChanged) return inner.nodeId;
  const mayShrink = changes.some(({ change }) => change.eventNid === undefined);
  return (mayShrink ? collapse(children, pass) : undefined) ?? { kind: 'inner', children };
}

/** The one leaf that holds all entries of these children, if they fit into one. */
function collapse(children: readonly Draft[], { nodes, missing }: Pass): Draft | undefined {
  const present = children.filter((child) => child !== EMPTY_ROOT);
  if (present.length === 0) return EMPTY_ROOT;
  if (present.length > LEAF_CAPACITY || present.some(isDraftInner)) return undefined;
  const loaded = present.map((child) => (typeof child === 'number' ? nodes.find(child) : child));
  if (loaded.some((node) => node?.kind === 'inner')) return undefined;
  const entries = loaded.flatMap((node) => (node?.kind === 'leaf' ? node.entries : []));
  if (entries.length > LEAF_CAPACITY) return undefined;
  for (const child of present) if (typeof child === 'number' && nodes.find(child) === undefined) missing.add(child);
  return leafOf(entries);
}

function isDraftInner(draft: Draft): draft is DraftInner {
  return typeof draft !== 'number' && draft.kind === 'inner';
}

function build(entries: readonly Placed<StateEntry>[], depth: number): Draft {
  if (entries.length === 0) return EMPTY_ROOT;
  const isAtEnd = depth >= (entries[0]?.path.length ?? 0);
  if (entries.length <= LEAF_CAPACITY || isAtEnd) return leafOf(entries.map(({ change }) => change));
  const groups = groupByDigit(entries, depth);
  return { kind: 'inner', children: Array.from(groups, (group) => build(group ?? [], depth + 1)) };
}

function groupByDigit<T>(placed: readonly Placed<T>[], depth: number): (Placed<T>[] | undefined)[] {
  const groups = Array.from<Placed<T>[] | undefined>({ length: BRANCHING });
  for (const item of placed) {
    const digit = digitAt(item.path, depth);
    const group = groups[digit];
    if (group === undefined) groups[digit] = [item];
    else group.push(item);
  }
  return groups;
}

function isSet(placed: Placed<StateChange>): placed is Placed<StateEntry> {
  return placed.change.eventNid !== undefined;
}

function findEntry(entries: readonly StateEntry[], key: StateKey): StateEntry | undefined {
  return entries.find((entry) => isSameStateKey(entry, key));
}

function leafOf(entries: readonly StateEntry[]): Draft {
  if (entries.length === 0) return EMPTY_ROOT;
  const copies = entries.map(({ type, stateKey, eventNid }) => ({ type, stateKey, eventNid }));
  return { kind: 'leaf', entries: copies.sort(compareStateKeys) };
}

function allot(draft: Draft, context: StateUpdateContext, created: CreatedNode[]): number {
  if (typeof draft === 'number') return draft;
  const node: StateNode =
    draft.kind === 'leaf'
      ? draft
      : { kind: 'inner', children: draft.children.map((child) => allot(child, context, created)) };
  const id = context.allotId();
  created.push({ id, node });
  return id;
}
