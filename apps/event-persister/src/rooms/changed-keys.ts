import { diffStates, StateComparison } from '@plexus/room-dag';
import type { ChangedKey } from './changes.ts';
import type { KnownEvent } from './known-event.ts';
import type { RoomHead } from './room-head.ts';
import type { RoomView } from './room-view.ts';

/** A row of the log does not tell of more keys than this: whoever follows it compares the states then. */
export const MAX_CHANGED_KEYS = 4_000;

const PLACES_AT_ONCE = 250;

/**
 * The keys of a room's current state that change with a new root.
 *
 * @NOTE The usual event changes its own key of the state or nothing; only a resolution makes it necessary to compare.
 */
export function changedKeysOf(
  view: RoomView,
  head: RoomHead,
  { root, own }: { readonly root: number; readonly own: KnownEvent | undefined },
): ChangedKey[] {
  if (root === head.currentRoot) return [];
  if (own?.event.stateKey !== undefined && own.stateBefore === head.currentRoot && own.stateAfter === root) {
    return [{ type: own.event.type, stateKey: own.event.stateKey, eventNid: own.eventNid }];
  }
  const diff = diffStates(head.currentRoot, root, view);
  if (diff.outcome === 'compared') {
    return diff.differences.map(({ type, stateKey, after }) => ({ type, stateKey, eventNid: after }));
  }
  for (const nodeNid of diff.nodeIds) view.missing.nodes.add(nodeNid);
  return [];
}

/** The same, where a row of the log may tell of them; else none, and soon after too many are found no more is compared. */
export function fewChangedKeysOf(view: RoomView, before: number, after: number): ChangedKey[] {
  const comparison = new StateComparison([before, after]);
  const changed: ChangedKey[] = [];
  while (!comparison.isDone) {
    const { conflicts, missing } = comparison.take(PLACES_AT_ONCE, view);
    for (const nodeNid of missing) view.missing.nodes.add(nodeNid);
    changed.push(...conflicts.map(({ type, stateKey, eventNids }) => ({ type, stateKey, eventNid: eventNids[1] })));
    if (missing.length > 0 || changed.length > MAX_CHANGED_KEYS) return [];
  }
  return changed;
}
