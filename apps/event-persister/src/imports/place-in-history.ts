import { checkAuth, EMPTY_ROOT } from '@plexus/room-dag';
import { INCOMPLETE } from '../commands/execution.ts';
import { checkByAuthEvents } from '../pdus/check-by-auth-events.ts';
import { resolveStates } from '../pdus/resolve-states.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import { applyRedaction } from '../rooms/apply-redaction.ts';
import { noteBackwardExtremities } from '../rooms/backward-extremities.ts';
import { isOutlier } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { restoreCopy } from '../rooms/restore-copy.ts';
import type { PieceAttempt } from './import-item.ts';
import { knownBefore } from './known-before.ts';
import type { StagedPdu } from './staged-piece.ts';

export interface HistoryPiece {
  readonly pdu: StagedPdu;
  /** The state that was received for it; of the oldest only. */
  readonly stateBefore: number | undefined;
  /** Nothing: no stored event follows it. */
  readonly topologicalPosition: number | undefined;
  readonly resolver: StateResolver;
}

const NOT_STORED = { execution: { outcome: 'settled' } } as const;

/**
 * An event from before what is stored of the room: by the checks 4 and 5 it has a place in the timeline or is rejected, and it changes nothing
 * else. What lacks predecessors beside the oldest waits for whoever fetches those. The value is its id, where it is stored.
 */
export function placeInHistory(edit: RoomEdit, piece: HistoryPiece): PieceAttempt<string | undefined> {
  const { head } = edit;
  const { event, bytes, isRedactedCopy } = piece.pdu;
  if (head === undefined || event.roomId !== head.roomId) return NOT_STORED;
  const outlier = edit.eventById(event.eventId);
  const before = knownBefore(edit, event);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  if (outlier !== undefined && !isOutlier(outlier)) {
    restoreCopy(edit, outlier, piece.pdu);
    return edit.isIncomplete ? { execution: INCOMPLETE } : { ...NOT_STORED, value: event.eventId };
  }
  const { topologicalPosition } = piece;
  const lacksState = before.missing.length > 0 && piece.stateBefore === undefined;
  if (topologicalPosition === undefined || !before.hasAuthEvents || lacksState) return NOT_STORED;
  const stateBefore = findStateBefore(edit, piece, before.prevEvents);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const isAllowed =
    checkByAuthEvents(edit, event) === undefined && checkAuth(event, edit.authState(stateBefore)).outcome !== 'reject';
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const status = isAllowed ? 'accepted' : 'rejected';
  const { prevEvents, authEvents } = before;
  const place = { prevEvents, authEvents, stateBefore, status, topologicalPosition } as const;
  const toStore = { event, bytes, isRedactedCopy, outlier, ...place };
  if (isAllowed) applyRedaction(edit, toStore);
  const known = edit.storeEvent(head, toStore);
  const { shard, roomNid } = head;
  edit.changes.filledExtremities.push({ shard, roomNid, missingEventId: event.eventId });
  noteBackwardExtremities(edit, head, known);
  return edit.isIncomplete ? { execution: INCOMPLETE } : { ...NOT_STORED, value: event.eventId };
}

function findStateBefore(
  edit: RoomEdit,
  { stateBefore, pdu, resolver }: HistoryPiece,
  prevEvents: ReturnType<typeof knownBefore>['prevEvents'],
): number {
  const { head } = edit;
  const lacksSome = prevEvents.length < new Set(pdu.event.prevEvents).size;
  if (pdu.event.prevEvents.length === 0) return EMPTY_ROOT;
  if (head === undefined || (lacksSome && stateBefore !== undefined)) return stateBefore ?? EMPTY_ROOT;
  const roots = prevEvents.map(({ stateAfter }) => stateAfter ?? head.currentRoot);
  return resolveStates(edit, head, { roots, purpose: 'state-before', resolver });
}
