import { listState } from '@plexus/room-dag';
import type { RoomEdit } from './room-edit.ts';
import type { RoomHead } from './room-head.ts';

/** So many members are looked at, where only members can tell who may do something. */
const MAX_MEMBERS = 500;

/** Users with a membership in the current state: all, or some that are always the same. */
export function listMembers(edit: RoomEdit, head: RoomHead): string[] {
  const page = listState(head.currentRoot, { select: 'members', limit: MAX_MEMBERS }, edit);
  if (page.outcome === 'page') return page.entries.map(({ stateKey }) => stateKey);
  for (const nodeNid of page.nodeIds) edit.missing.nodes.add(nodeNid);
  return [];
}
