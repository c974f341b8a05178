import type { MissingNodes, StateNodes } from './state-node.ts';
import { EMPTY_ROOT } from './state-node.ts';

/** The nodes known to be in use. A `Set<number>` is one; ids are dense, so a bitmap serves a large shard. */
export interface NodeIdSet {
  has(nodeId: number): boolean;
  add(nodeId: number): unknown;
}

/** What is left to visit after a piece of marking; empty when all is marked. */
export interface MarkedPiece {
  readonly outcome: 'marked';
  readonly pending: readonly number[];
}

/** Where a piece of marking stopped because nodes are not loaded: load them and go on with `pending`. */
export interface InterruptedMark extends MissingNodes {
  readonly pending: readonly number[];
}

/** What one piece of marking works on. */
export interface MarkContext {
  readonly nodes: StateNodes;
  readonly marked: NodeIdSet;
  /** So many nodes are visited at most, so that one piece stays short. */
  readonly limit: number;
}

/**
 * Marks every node that `pending` (at first: the roots in use) can reach, a piece at a time; subtrees that are already marked are
 * not entered again. A node is marked when its children are pending, so marks and pending nodes together lose nothing at any
 * interruption. What is not marked in the end and was allotted before the roots were read is in no state.
 */
export function markReachable(
  pending: readonly number[],
  { nodes, marked, limit }: MarkContext,
): MarkedPiece | InterruptedMark {
  const stack = [...pending];
  const missing = new Set<number>();
  for (let visited = 0; visited < limit && stack.length > 0; visited += 1) {
    const nodeId = stack.pop() ?? EMPTY_ROOT;
    if (nodeId === EMPTY_ROOT || marked.has(nodeId)) continue;
    const node = nodes.find(nodeId);
    if (node === undefined) {
      missing.add(nodeId);
      continue;
    }
    marked.add(nodeId);
    if (node.kind === 'inner')
      stack.push(...node.children.filter((child) => child !== EMPTY_ROOT && !marked.has(child)));
  }
  if (missing.size === 0) return { outcome: 'marked', pending: stack };
  return { outcome: 'missing', nodeIds: [...missing], pending: [...stack, ...missing] };
}
