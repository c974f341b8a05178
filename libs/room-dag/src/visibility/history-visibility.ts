import { findOwnString } from '../auth-rules/own-value.ts';
import type { RoomEvent } from '../pdu/pdu.ts';

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined';

/**
 * The history visibility that the room's `m.room.history_visibility` event sets
 * (https://spec.matrix.org/v1.19/client-server-api/#mroomhistory_visibility): `shared` without such an event or for a value that is not
 * understood.
 */
export function historyVisibilityOf(event: Pick<RoomEvent, 'content'> | undefined): HistoryVisibility {
  const value = event && findOwnString(event.content, 'history_visibility');
  return value === 'world_readable' || value === 'invited' || value === 'joined' ? value : 'shared';
}

/** The visibility before an event and, where the event sets it, after it: what would allow it by either allows it. */
export function visibilitiesAt(event: RoomEvent, before: HistoryVisibility): readonly HistoryVisibility[] {
  const setsVisibility = event.type === 'm.room.history_visibility' && event.stateKey === '';
  return setsVisibility ? [before, historyVisibilityOf(event)] : [before];
}

/** The membership that an event gives a user; nothing if it is about something else. */
export function membershipGivenTo(userId: string, event: RoomEvent): string | undefined {
  const isAbout = event.type === 'm.room.member' && event.stateKey === userId;
  return isAbout ? findOwnString(event.content, 'membership') : undefined;
}
