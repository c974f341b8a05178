import { isEventId } from '@plexus/matrix-base';
import type { NewEvent } from '@plexus/storage';
import { citedNids } from './cited-nids.ts';
import type { KnownEvent } from './known-event.ts';
import { relationShown } from './relation-of.ts';
import type { RoomView } from './room-view.ts';

/** The row of an event that has got its number and its places. */
export function newEventOf(
  view: RoomView,
  known: KnownEvent,
  {
    roomNid,
    json,
    authEvents,
    wasOutlier,
  }: Pick<NewEvent, 'roomNid' | 'json' | 'wasOutlier'> & { readonly authEvents: readonly KnownEvent[] },
): NewEvent {
  const { event, status } = known;
  return {
    shard: view.sources.shard,
    roomNid,
    eventNid: known.eventNid,
    eventId: event.eventId,
    topologicalPosition: known.topologicalPosition,
    streamPosition: known.streamPosition,
    stateBefore: known.stateBefore,
    stateAfter: known.stateAfter,
    authDepth: known.authDepth,
    status,
    json,
    authEventNids: citedNids(event, authEvents),
    redacts: isEventId(event.redacts) ? event.redacts : undefined,
    unread: known.unread,
    relation: status === 'accepted' ? relationShown(view, known) : undefined,
    wasOutlier,
  };
}
