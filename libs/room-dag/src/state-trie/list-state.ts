import type { MissingNodes, StateEntry, StateNode, StateNodes } from './state-node.ts';
import { EMPTY_ROOT, LEAF_CAPACITY } from './state-node.ts';
import type { PathRange, StatePath, StateSelection } from './state-path.ts';
import { isSelected, pathRangeOf, statePath } from './state-path.ts';

/** A piece of a state. `next` is where the following piece begins; absent after the last one. */
export interface StatePage {
  readonly outcome: 'page';
  readonly entries: readonly StateEntry[];
  readonly next: string | undefined;
}

/** Which piece to list. */
export interface StatePageRequest {
  readonly select: StateSelection;
  /** `next` of the page before; absent for the first. */
  readonly from?: string | undefined;
  /** At least so many entries unless the state ends; whole leaves, so up to a leaf's worth more. */
  readonly limit: number;
}

/** So many entries a node that is not loaded is taken to bring, to ask for about a page's worth of nodes. */
const EXPECTED_PER_NODE = LEAF_CAPACITY / 2;

/**
 * Lists a part of the state that `root` names, in the order of paths, which is stable and has no other meaning. Only subtrees with
 * selected entries are read. Missing nodes are reported for the whole page at once.
 *
 * The caller keeps the nodes of the page loaded until the page is answered. A place may be carried to another root:
 * entries that both states share are then neither repeated nor skipped.
 */
export function listState(
  root: number,
  request: StatePageRequest,
  nodes: StateNodes,
  pathOf: StatePath = statePath,
): StatePage | MissingNodes {
  const range = pathRangeOf(request.select);
  const start = request.from !== undefined && request.from > range.from ? request.from : range.from;
  const listing: Listing = { request, range: { from: start, to: range.to }, nodes, pathOf, entries: [], missing: [] };
  const next = visit(root, '', listing);
  if (listing.missing.length > 0) return { outcome: 'missing', nodeIds: listing.missing };
  return { outcome: 'page', entries: listing.entries, next };
}

interface Listing {
  readonly request: StatePageRequest;
  readonly range: PathRange;
  readonly nodes: StateNodes;
  readonly pathOf: StatePath;
  readonly entries: StateEntry[];
  readonly missing: number[];
}

/** Visits a subtree; returns the prefix at which the page is full, if it is full before the subtree begins. */
function visit(nodeId: number, prefix: string, listing: Listing): string | undefined {
  if (nodeId === EMPTY_ROOT || !meets(prefix, listing.range)) return undefined;
  if (listing.entries.length + listing.missing.length * EXPECTED_PER_NODE >= listing.request.limit) return prefix;
  const node = listing.nodes.find(nodeId);
  if (node === undefined) {
    listing.missing.push(nodeId);
    return undefined;
  }
  return node.kind === 'leaf' ? takeEntries(node.entries, prefix, listing) : visitChildren(node, prefix, listing);
}

function visitChildren(node: StateNode & { kind: 'inner' }, prefix: string, listing: Listing): string | undefined {
  for (const [digit, child] of node.children.entries()) {
    const next = visit(child, prefix + digit.toString(16), listing);
    if (next !== undefined) return next;
  }
  return undefined;
}

function takeEntries(entries: readonly StateEntry[], prefix: string, listing: Listing): undefined {
  const { range, request, pathOf } = listing;
  const selected = entries.filter((entry) => isSelected(entry, request.select));
  const isBegunHere = range.from.length <= prefix.length;
  const rest = isBegunHere ? selected : selected.filter((entry) => pathOf(entry) >= range.from);
  listing.entries.push(...rest);
}

/** Whether a subtree can hold paths of a range. */
function meets(prefix: string, { from, to }: PathRange): boolean {
  if (to !== undefined && prefix >= to) return false;
  return prefix >= from.slice(0, prefix.length);
}
