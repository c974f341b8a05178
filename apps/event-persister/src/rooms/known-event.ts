import { parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import type { EventStatus, EventUnread, StoredEvent } from '@plexus/storage';

/** A stored event, or one that is about to be, with its places. */
export interface KnownEvent {
  readonly eventNid: number;
  readonly event: RoomEvent;
  readonly authDepth: number;
  readonly status: EventStatus;
  readonly topologicalPosition: number | undefined;
  /** Of its row in the room log; nothing where it has none. */
  readonly streamPosition: number | undefined;
  /** Nothing where it is not counted. */
  readonly unread: EventUnread | undefined;
  readonly stateBefore: number | undefined;
  readonly stateAfter: number | undefined;
  /** Ids of the redactions that name it, with effect or not, in the order in which they came. */
  readonly redactedBy: readonly string[];
  /** Of its canonical JSON. */
  readonly byteLength: number;
  /** Whether its content is not here: the event is the redacted form. */
  readonly isRedactedCopy?: boolean;
}

/** Whether it is stored without a place: what led to it is not known. */
export function isOutlier({ topologicalPosition }: KnownEvent): boolean {
  return topologicalPosition === undefined;
}

/** About how much memory an event takes, parsed. */
export function sizeOfKnownEvent({ byteLength }: KnownEvent): number {
  return EVENT_BYTES + 3 * byteLength;
}

const EVENT_BYTES = 700;

export function toKnownEvent(stored: StoredEvent, rules: RoomVersionRules): KnownEvent {
  return {
    eventNid: stored.eventNid,
    event: parseRoomEvent(stored.json, stored.eventId, rules),
    authDepth: stored.authDepth,
    status: stored.status,
    topologicalPosition: stored.topologicalPosition,
    streamPosition: stored.streamPosition,
    unread: stored.unread,
    stateBefore: stored.stateBefore,
    stateAfter: stored.stateAfter,
    redactedBy: stored.redactedBy,
    byteLength: stored.json.length,
    isRedactedCopy: stored.isRedactedCopy === true,
  };
}
