import type { StateKey } from '../pdu/pdu.ts';
import { StateComparison } from './state-comparison.ts';
import type { StateConflict } from './state-comparison.ts';
import type { MissingNodes, StateNodes } from './state-node.ts';
import type { StatePath } from './state-path.ts';

/** A key on which two states differ; `undefined` where a state has no such entry. */
export interface StateDifference extends StateKey {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export type StateDiff =
  | { readonly outcome: 'compared'; readonly differences: readonly StateDifference[] }
  | MissingNodes;
export type StateConflicts =
  | { readonly outcome: 'compared'; readonly conflicts: readonly StateConflict[] }
  | MissingNodes;

/** Decides on which keys two states differ. Equal subtrees are skipped by their id, so the cost follows the difference. */
export function diffStates(before: number, after: number, nodes: StateNodes, pathOf?: StatePath): StateDiff {
  const compared = findStateConflicts([before, after], nodes, pathOf);
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
export function findStateConflicts(roots: readonly number[], nodes: StateNodes, pathOf?: StatePath): StateConflicts {
  const { conflicts, missing } = new StateComparison(roots, pathOf).take(Infinity, nodes);
  return missing.length > 0 ? { outcome: 'missing', nodeIds: missing } : { outcome: 'compared', conflicts };
}
