import { INCOMPLETE } from '../commands/execution.ts';
import { placeEvent } from '../pdus/place-event.ts';
import type { PlacedEvent } from '../pdus/place-event.ts';
import { resolveStates } from '../pdus/resolve-states.ts';
import { isOutlier } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { restoreCopy } from '../rooms/restore-copy.ts';
import type { PieceAttempt } from './import-item.ts';
import { knownBefore } from './known-before.ts';
import type { StagedPdu } from './staged-piece.ts';

/**
 * An event that follows a gap which is too deep to be filled becomes the room's newest, by the state that was received for it; one after it
 * by the states that follow. Without all of its predecessors and without a state it stays away. The value is its id, where it is stored.
 */
export function placeAfterGap(
  edit: RoomEdit,
  {
    pdu,
    stateBefore,
    resolver,
    policy,
  }: Pick<PlacedEvent, 'resolver' | 'policy'> & {
    readonly pdu: StagedPdu;
    readonly stateBefore: number | undefined;
  },
): PieceAttempt<string | undefined> {
  const { head } = edit;
  const { event, bytes, isRedactedCopy } = pdu;
  if (head === undefined || event.roomId !== head.roomId) return { execution: { outcome: 'settled' } };
  const outlier = edit.eventById(event.eventId);
  const before = knownBefore(edit, event);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  if (outlier !== undefined && !isOutlier(outlier)) {
    restoreCopy(edit, outlier, pdu);
    return { execution: edit.isIncomplete ? INCOMPLETE : { outcome: 'settled' }, value: event.eventId };
  }
  const isAfterGap = before.missing.length > 0;
  if (!before.hasAuthEvents || (isAfterGap && stateBefore === undefined)) return { execution: { outcome: 'settled' } };
  const roots = before.prevEvents.map(({ stateAfter }) => stateAfter ?? head.currentRoot);
  const root =
    isAfterGap && stateBefore !== undefined
      ? stateBefore
      : resolveStates(edit, head, { roots, purpose: 'state-before', resolver });
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const { prevEvents, authEvents } = before;
  const placed = { event, bytes, isRedactedCopy, outlier, prevEvents, authEvents, stateBefore: root, isAfterGap };
  const placing = placeEvent(edit, head, { ...placed, resolver, policy });
  return placing.outcome === 'incomplete'
    ? { execution: INCOMPLETE }
    : { execution: { outcome: 'settled' }, value: event.eventId };
}
