import { diffStates } from '@plexus/room-dag';
import type { ChangedKey } from './changes.ts';
import type { KnownEvent } from './known-event.ts';
import type { RoomHead } from './room-head.ts';
import type { RoomView } from './room-view.ts';

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
