import { findRelation } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';

/** The thread of what is in no thread. */
export const MAIN_THREAD = 'main';

const MAX_HOPS = 3;

/** Where the events are to which others relate. */
export interface KnownEvents {
  eventById(eventId: string): { readonly event: RoomEvent } | undefined;
}

/**
 * The thread that an event is in: the id of its root, or `main` (https://spec.matrix.org/v1.19/client-server-api/#threaded-read-receipts). An event that
 * relates to one of a thread is in that thread too, over three hops at most. Nothing counts as long as the view misses anything.
 */
export function threadOf(event: RoomEvent, view: KnownEvents): string {
  let current: RoomEvent | undefined = event;
  for (let hop = 0; current !== undefined && hop <= MAX_HOPS; hop += 1) {
    const relation = findRelation(current.content);
    if (relation === undefined) break;
    if (relation.relationType === 'm.thread') return relation.parentEventId;
    current = view.eventById(relation.parentEventId)?.event;
  }
  return MAIN_THREAD;
}
