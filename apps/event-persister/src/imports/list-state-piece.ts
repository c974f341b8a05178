import { listState } from '@plexus/room-dag';
import type { StatePage } from '@plexus/room-dag';
import { INCOMPLETE } from '../commands/execution.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { PieceAttempt } from './import-item.ts';

/** Lists a piece of a stored state; nothing is stored. */
export function listStatePiece(
  edit: RoomEdit,
  root: number,
  { from, limit }: { readonly from: string | undefined; readonly limit: number },
): PieceAttempt<StatePage> {
  const page = listState(root, { select: 'all', from, limit }, edit);
  if (page.outcome === 'page') return { execution: { outcome: 'unchanged', eventIds: [] }, value: page };
  for (const nodeNid of page.nodeIds) edit.missing.nodes.add(nodeNid);
  return { execution: INCOMPLETE };
}
