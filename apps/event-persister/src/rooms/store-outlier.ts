import type { RoomEvent } from '@plexus/room-dag';
import { isEventId } from '@plexus/matrix-base';
import type { EventStatus } from '@plexus/storage';
import { citedNids } from './cited-nids.ts';
import { erasedForm } from './erased-form.ts';
import type { KnownEvent } from './known-event.ts';
import type { RoomEdit } from './room-edit.ts';

/** An event that others cite, or that is in a state from elsewhere, and that has no place in the room as long as none is known. */
export interface Outlier {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
  readonly isRedactedCopy?: boolean;
  readonly status: EventStatus;
  readonly authEvents: readonly KnownEvent[];
}

/** Gives an outlier its number and its row. */
export function storeOutlier(edit: RoomEdit, roomNid: number, outlier: Outlier): KnownEvent {
  const { status, authEvents } = outlier;
  const { event, bytes, isRedactedCopy = false } = erasedForm(edit.head, outlier);
  const known: KnownEvent = {
    eventNid: edit.allot('lastEventNid'),
    event,
    status,
    authDepth: authEvents.reduce((depth, cited) => Math.max(depth, cited.authDepth + 1), 0),
    streamPosition: undefined,
    unread: undefined,
    topologicalPosition: undefined,
    stateBefore: undefined,
    stateAfter: undefined,
    redactedBy: edit.redactionsBefore(event.eventId),
    byteLength: bytes.length,
    isRedactedCopy,
  };
  edit.uncommitted.addEvent(known);
  if (isRedactedCopy) edit.changes.redactedCopies.push({ shard: edit.shard, roomNid, eventNid: known.eventNid });
  edit.changes.events.push({
    ...known,
    shard: edit.shard,
    roomNid,
    eventId: event.eventId,
    json: bytes,
    authEventNids: citedNids(event, authEvents),
    redacts: isEventId(event.redacts) ? event.redacts : undefined,
    relation: undefined,
    wasOutlier: false,
  });
  return known;
}
