import type { StateKey } from '@plexus/room-dag';
import type { EventUnread, RoomLogRow, StoredEvent } from '@plexus/storage';

/** An event as a follower of the log gets it: without what only its stored row has. */
export interface LoggedEvent extends Pick<
  StoredEvent,
  'eventNid' | 'eventId' | 'topologicalPosition' | 'stateBefore' | 'stateAfter' | 'json' | 'redactedBy'
> {
  readonly unread: LoggedUnread | undefined;
}

/** What an event means to those who have not read it. */
export type LoggedUnread = Pick<EventUnread, 'notifies' | 'highlights' | 'arrives' | 'threadId'>;

/** A key of the room's current state that a row changed; `eventNid` is nothing where the key was removed. */
export interface StateKeyChange extends StateKey {
  readonly eventNid: number | undefined;
}

/** A change of a user's membership in the room's current state; nothing where their membership event was removed. */
export interface MemberChange {
  readonly userId: string;
  readonly event: LoggedEvent | undefined;
  /** JSON array of stripped state, of an invite or knock that came without its room. */
  readonly strippedState?: Buffer | undefined;
}

/** A row of the room log, with what it changed in the room's current state. */
export interface LoggedRow extends Omit<RoomLogRow, 'event'> {
  readonly event: LoggedEvent | undefined;
  readonly changedState: readonly StateKeyChange[];
  /** Of the members that the follower was asked for: see `wantsMember`. */
  readonly changedMembers: readonly MemberChange[];
}

/** A row that was read, with what it changed where that is known. */
export interface RowToComplete extends RoomLogRow {
  readonly changedState?: readonly StateKeyChange[];
}

/** About how much memory a row takes. */
export function sizeOfRow(row: LoggedRow): number {
  const members = row.changedMembers.reduce((sum, { event }) => sum + (event?.json.length ?? 0), 0);
  return (
    ROW_BYTES + (row.event?.json.length ?? 0) + (row.body?.length ?? 0) + members + row.changedState.length * KEY_BYTES
  );
}

const ROW_BYTES = 600;
const KEY_BYTES = 150;
