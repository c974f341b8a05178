import type { StateKey } from '../pdu/pdu.ts';
import type { MissingNodes, StateEntry, StateNode, StateNodes } from './state-node.ts';
import { BRANCHING, compareStateKeys, EMPTY_ROOT, nameOfStateKey } from './state-node.ts';

/** A key on which two states differ; `undefined` where a state has no such entry. */
export interface StateDifference extends StateKey {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** A key on which several states do not all agree, with the event of each state, in the order of the roots. */
export interface StateConflict extends StateKey {
  readonly eventNids: readonly (number | undefined)[];
}

export type StateDiff =
  { readonly outcome: 'compared'; readonly differences: readonly StateDifference[] } | MissingNodes;
export type StateConflicts =
  { readonly outcome: 'compared'; readonly conflicts: readonly StateConflict[] } | MissingNodes;

/** Decides on which keys two states differ. Equal subtrees are skipped by their id, so the cost follows the difference. */
export function diffStates(before: number, after: number, nodes: StateNodes): StateDiff {
  const compared = findStateConflicts([before, after], nodes);
  if (compared.outcome === 'missing') return compared;
  const differences = compared.conflicts.map(({ type, stateKey, eventNids }) => {
    return { type, stateKey, before: eventNids[0], after: eventNids[1] };
  });
  return { outcome: 'compared', differences };
}

/**
 * Splits off what state resolution calls the conflicted state: every key for which the states do not all have the same event, a
 * state without that key included. All other entries are unconflicted and equal in every root.
 * https://spec.matrix.org/v1.19/rooms/v2/#definitions
 */
export function findStateConflicts(roots: readonly number[], nodes: StateNodes): StateConflicts {
  const comparison: Comparison = { nodes, missing: new Set(), conflicts: [] };
  compare(roots, comparison);
  if (comparison.missing.size > 0) return { outcome: 'missing', nodeIds: [...comparison.missing] };
  return { outcome: 'compared', conflicts: comparison.conflicts };
}

interface Comparison {
  readonly nodes: StateNodes;
  readonly missing: Set<number>;
  readonly conflicts: StateConflict[];
}

/** The subtrees of all roots at one place of the trie. */
function compare(nodeIds: readonly number[], comparison: Comparison): void {
  const distinct = new Set(nodeIds);
  if (distinct.size < 2) return;
  const loaded = new Map([...distinct].map((id) => [id, id === EMPTY_ROOT ? undefined : load(id, comparison)]));
  if ([...distinct].some((id) => id !== EMPTY_ROOT && loaded.get(id) === undefined)) return;
  if ([...loaded.values()].every((node) => node?.kind !== 'leaf')) return compareChildren(nodeIds, loaded, comparison);
  compareEntries(nodeIds, comparison);
}

function load(nodeId: number, { nodes, missing }: Comparison): StateNode | undefined {
  const node = nodes.find(nodeId);
  if (node === undefined) missing.add(nodeId);
  return node;
}

function compareChildren(
  nodeIds: readonly number[],
  loaded: ReadonlyMap<number, StateNode | undefined>,
  comparison: Comparison,
): void {
  const children = nodeIds.map((id) => childrenOf(loaded.get(id)));
  for (let digit = 0; digit < BRANCHING; digit += 1) {
    compare(
      children.map((ids) => ids[digit] ?? EMPTY_ROOT),
      comparison,
    );
  }
}

function childrenOf(node: StateNode | undefined): readonly number[] {
  return node?.kind === 'inner' ? node.children : [];
}

/**
 * @NOTE A leaf beside a larger subtree: all but a leaf's worth of the larger one's entries differ anyway, so reading them all costs
 * no more than the difference.
 */
function compareEntries(nodeIds: readonly number[], comparison: Comparison): void {
  const distinct = [...new Set(nodeIds)];
  const slotOf = new Map(distinct.map((id, slot) => [id, slot]));
  const rows = new Map<string, { key: StateKey; eventNids: (number | undefined)[] }>();
  for (const [slot, id] of distinct.entries()) {
    for (const entry of entriesBelow(id, comparison))
      rowOf(entry, rows, distinct.length).eventNids[slot] = entry.eventNid;
  }
  const conflicts = [...rows.values()].filter(({ eventNids }) => eventNids.some((nid) => nid !== eventNids[0]));
  for (const { key, eventNids } of conflicts.sort((a, b) => compareStateKeys(a.key, b.key))) {
    comparison.conflicts.push({
      type: key.type,
      stateKey: key.stateKey,
      eventNids: nodeIds.map((id) => eventNids[slotOf.get(id) ?? 0]),
    });
  }
}

function rowOf(
  entry: StateEntry,
  rows: Map<string, { key: StateKey; eventNids: (number | undefined)[] }>,
  width: number,
): { key: StateKey; eventNids: (number | undefined)[] } {
  const name = nameOfStateKey(entry);
  const known = rows.get(name);
  if (known !== undefined) return known;
  const row = { key: entry, eventNids: Array.from<number | undefined>({ length: width }) };
  rows.set(name, row);
  return row;
}

function* entriesBelow(nodeId: number, comparison: Comparison): Generator<StateEntry> {
  const node = nodeId === EMPTY_ROOT ? undefined : load(nodeId, comparison);
  if (node?.kind === 'leaf') yield* node.entries;
  for (const child of childrenOf(node)) if (child !== EMPTY_ROOT) yield* entriesBelow(child, comparison);
}
